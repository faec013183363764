package org.stasis.engine.spi;

import com.google.protobuf.Message;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.stasis.engine.Obstacle;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.DumpOptions;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSetWriter;
import org.stasis.linux.Fd;

/** What a kind is given while a tree is captured. */
public interface CaptureContext {
  /**
   * What the user asked for.
   *
   * @return the options
   */
  DumpOptions options();

  /**
   * Reports something that cannot be carried; the survey goes on, to find all obstacles.
   *
   * @param obstacle what, where, why, and what helps
   */
  void obstacle(Obstacle obstacle);

  /**
   * The process that asks for the dump: what it shares with the tree (namespaces, control groups)
   * belongs to the machine and not to the tree.
   *
   * @return the launcher's pid in the engine's pid namespace; the engine's own when there is none
   */
  default int callerPid() {
    return (int) ProcessHandle.current().pid();
  }

  /**
   * The tasks of the tree, parents before children; no zombies.
   *
   * @return at least the root
   */
  List<? extends TaskView> tasks();

  /**
   * Adds an entry to an image that holds an array, without payload.
   *
   * @param kind which image; its parameter is none or 0
   * @param entry one of its messages
   */
  void entry(ImageKind kind, Message entry);

  /**
   * Writes images of its own once everything has been surveyed and no obstacle was found. The tree
   * is still stopped.
   *
   * @param action writes what it likes
   */
  void whenWriting(WriteAction action);

  /**
   * The image's id for what a kind saw outside of descriptors: registers a file (an executable, a
   * mapped file, a directory) to be captured like an open one.
   *
   * @param task whose file
   * @param procPath a magic link below /proc/PID, such as {@code "exe"}, {@code "cwd"}, {@code
   *     "map_files/7f…-7f…"}
   * @param flags open flags the image should have
   * @return its file id
   * @throws StasisException when it cannot be looked at
   */
  int fileId(TaskView task, String procPath, int flags) throws StasisException;

  /**
   * The file id of an open file that was found on its way through a queue, such as one sent with
   * SCM_RIGHTS of unix(7) and not yet received. It may or may not be open in a task as well; if it
   * is not, it is captured like one that is.
   *
   * @param task one that could receive it
   * @param file a duplicate, which the session takes over
   * @return its file id
   * @throws StasisException when it cannot be looked at
   */
  int fileId(TaskView task, Fd file) throws StasisException;

  /**
   * A file id for an entry that stands for no open file.
   *
   * @return an id that no other file has
   */
  int newFileId();

  /**
   * The file id that a descriptor got.
   *
   * @param task whose descriptor
   * @param fd its number
   * @return the id, or empty when the task has no such descriptor
   */
  OptionalInt fileId(TaskView task, int fd);

  /**
   * The file id that a socket, pipe or other object with an inode of its own got.
   *
   * @param inode as in {@code socket:[inode]}
   * @return the id of the first description seen of it, or empty
   */
  OptionalInt fileIdOfInode(long inode);

  /**
   * A resource kind of the tree, for kinds that work together.
   *
   * @param type its class or interface
   * @param <T> the same
   * @return the kind, when it is loaded
   */
  <T> Optional<T> kind(Class<T> type);

  /** Writes images. */
  @FunctionalInterface
  interface WriteAction {
    /**
     * Writes.
     *
     * @param images the set being written
     * @throws StasisException when something cannot be read
     * @throws IOException when something cannot be written
     */
    void write(ImageSetWriter images) throws StasisException, IOException;
  }
}

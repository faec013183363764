package org.stasis.engine.spi;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.stasis.engine.StasisException;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.InventoryEntry;

/**
 * One kind of open file, both directions: regular files, pipes, eventfds, Unix sockets, ….
 *
 * <p>Capture: {@link #claims} picks the kind of each open file description, {@link #capture}
 * describes it. Rebuild: descriptions that must be made together (the ends of a pipe, connected
 * sockets) form a cluster, {@link #clusters}; {@link #plan} plans the making of a cluster in the
 * program of the nearest task that all holders descend from.
 */
public interface FileKind {
  /**
   * Which file entries this kind writes and reads.
   *
   * @return at least one type
   */
  Set<FdTypes> types();

  /**
   * Whether an open file is of this kind. Kinds are asked in a fixed order; the first to say yes
   * gets the file.
   *
   * @param file an open file of a stopped task
   * @return true to capture it
   * @throws StasisException when it cannot be looked at
   */
  boolean claims(OpenFile file) throws StasisException;

  /**
   * Describes an open file. What cannot be carried is reported with {@link FileCapture#obstacle};
   * the entry is then not looked at.
   *
   * @param file an open file this kind has claimed
   * @param to takes the entry, and what else the images need
   * @throws StasisException when it cannot be looked at
   */
  void capture(OpenFile file, FileCapture to) throws StasisException;

  /**
   * Called once when all files of the tree have been captured: for what needs to see them all.
   *
   * @param to takes what else the images need
   * @throws StasisException when something cannot be looked at
   */
  default void captured(CaptureContext to) throws StasisException {}

  /**
   * Adds to the inventory what a restore must know about this kind beforehand. Called when
   * everything has been captured.
   *
   * @param inventory takes it
   */
  default void inventory(InventoryEntry.Builder inventory) {}

  /**
   * The images are complete, all tasks stand still, and they are killed right after this: for what
   * must not notice their end.
   *
   * @throws StasisException to leave the tree running instead; the dump has then failed
   */
  default void beforeKilling() throws StasisException {}

  /**
   * The tree has been killed: nobody in it runs another instruction, though it may not be gone yet.
   * What kinds have had duplicated is still open. For what must be done exactly when nobody is left
   * whom it could hurt.
   *
   * @throws StasisException when it can't be done; the images are complete all the same
   */
  default void killed() throws StasisException {}

  /**
   * The tree is about to run on, or is left stopped: after a dump that was asked to leave it, and
   * after any dump that failed, {@link #beforeKilling} called or not. Takes back what capturing
   * changed about the tree's own objects.
   *
   * @throws StasisException when something could not be taken back
   */
  default void beforeLeaving() throws StasisException {}

  /**
   * A rebuild begins. Called once, before any other method that has to do with it.
   *
   * @param context images and options
   * @throws StasisException when the images cannot be restored
   */
  default void begin(RebuildContext context) throws StasisException {}

  /**
   * Names the clusters that an entry belongs to: files that share a name are made together.
   *
   * @param entry one of this kind's types
   * @return names, such as {@code "pipe 4711"}; none for a file that stands alone
   */
  default List<String> clusters(FileEntry entry) {
    return List.of();
  }

  /**
   * Names other files that must be open where, and before, an entry's cluster is made: those that
   * travel in the queue of a socket, for example. When files need each other in a circle, one of
   * them is not open yet; whoever can be part of one leaves the use of what it needs to {@link
   * Stage#FILES_CONNECT}.
   *
   * @param entry one of this kind's types
   * @return file ids
   * @throws StasisException when the images cannot be restored
   */
  default List<Integer> needs(FileEntry entry) throws StasisException {
    return List.of();
  }

  /**
   * Names tasks that need a file open before they make their children, whether or not they hold a
   * descriptor of it: the leader of a terminal's session, for example.
   *
   * @param entry one of this kind's types
   * @return pids as in the images; those that are not in the tree are left out
   */
  default List<Integer> openFor(FileEntry entry) {
    return List.of();
  }

  /**
   * Plans the making of a cluster; calls {@link FilePlanner#opened} for each of its files.
   *
   * @param cluster the entries, all of this kind
   * @param planner the program to append to, and everything around it
   * @throws StasisException when the images cannot be restored
   */
  void plan(Collection<FileEntry> cluster, FilePlanner planner) throws StasisException;

  /**
   * Plans what can only be done when every descriptor of every task is in place: epoll sets, for
   * example. Called once, after all clusters have been planned.
   *
   * @param planner gives the programs of all tasks
   * @throws StasisException when the images cannot be restored
   */
  default void planInPlace(RebuildContext planner) throws StasisException {}

  /**
   * The tree is whole and held by ptrace, nobody objects any more, and it is let go right after
   * this: for what others must not notice before.
   *
   * @param tree the tasks
   * @throws StasisException to give up; the tree is then killed
   */
  default void beforeResuming(RebuiltTree tree) throws StasisException {}

  /**
   * Undoes what a failed rebuild changed outside of the tree. Called once the tree is dead.
   *
   * @throws StasisException when something is left
   */
  default void undo() throws StasisException {}
}

package org.stasis.engine.spi;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.RestoreOptions;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSet;
import org.stasis.images.proto.CoreEntry;
import org.stasis.images.proto.FileEntry;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;

/** What a kind is given while a rebuild is planned. No kernel is touched meanwhile. */
public interface RebuildContext {
  /**
   * The container that the tree comes into.
   *
   * @return its first process; empty when everything is made from the images
   */
  Optional<BoxInit> box();

  /**
   * What the user asked for.
   *
   * @return the options
   */
  RestoreOptions options();

  /**
   * The images.
   *
   * @return checked as far as framing goes
   */
  ImageSet images();

  /**
   * The plan, for data that operations point at.
   *
   * @return the plan being made
   */
  Plan plan();

  /**
   * The tasks, parents before children: pids as in the images.
   *
   * @return at least the root
   */
  List<Integer> tasks();

  /**
   * A task's own image.
   *
   * @param task pid as in the images
   * @return its core entry
   * @throws StasisException when it cannot be read
   */
  default CoreEntry core(int task) throws StasisException {
    try {
      return images().read(ImageKind.CORE, task, CoreEntry.parser());
    } catch (IOException e) {
      throw new StasisException(describe(task), "reading its core image", e.getMessage(), 0, "", e);
    }
  }

  /**
   * The part of a task's program that belongs to a stage.
   *
   * @param task pid as in the images
   * @param stage when
   * @return the program to append to
   */
  Program program(int task, Stage stage);

  /**
   * What the root agent does before it makes the root task.
   *
   * @return the program to append to
   */
  Program rootAgent();

  /**
   * What the root agent does once it has made the root task.
   *
   * @return the program to append to
   */
  Program rootAgentAfterwards();

  /**
   * Adds flags to the clone3(2) of the root task: namespaces that are made with it.
   *
   * @param flags CLONE_NEW… bits
   */
  void addCloneFlags(long flags);

  /**
   * A file of the engine's, open in every task until memory is restored.
   *
   * @param path as the engine opens it
   * @param flags of open(2)
   * @return the number it has in every task
   */
  default Argument provide(Path path, int flags) {
    return provide(new EngineFile.AtPath(path, flags));
  }

  /**
   * A file of the engine's, open in every task until memory is restored.
   *
   * @param file opens it, once; equal ones share a number
   * @return the number it has in every task
   */
  Argument provide(EngineFile file);

  /**
   * Work for the engine itself at a barrier, while all tasks wait: it runs after every task has
   * done all stages before it and before any begins it.
   *
   * @param stage what the work comes before; must be {@link Stage#barrier()}
   * @param action the work
   */
  void before(Stage stage, EngineAction action);

  /**
   * The file entries by id.
   *
   * @param id a file id
   * @return its entry, or empty when the images have none
   */
  Optional<FileEntry> file(int id);

  /**
   * Who holds a file under which numbers.
   *
   * @param id a file id
   * @return every descriptor in every task that refers to it
   */
  List<Holder> holders(int id);

  /**
   * The number under which a file is open, from when it is made until descriptors are in place, in
   * the task that makes it and all its descendants that need it. Asking for it makes sure that the
   * file is open in that task.
   *
   * @param task pid as in the images
   * @param id a file id
   * @return the descriptor
   */
  Argument descriptor(int task, int id);

  /**
   * A number of its own, for a descriptor that is no file of the tree but has to stay open for a
   * while.
   *
   * @return free in every task until it is closed or the task is released
   */
  Argument spareDescriptor();

  /**
   * A number of its own, for a descriptor that the root agent gets and the root task inherits.
   *
   * @return something else's in the root agent until it is replaced, and free in every task after
   *     the root has closed it
   */
  Argument descriptorOfRootAgent();

  /**
   * A descriptor that the caller provides, {@code --inherit-fd}.
   *
   * @param key the object's key
   * @return the number it has in every task until descriptors are in place, or empty
   */
  OptionalInt inherited(String key);

  /**
   * A resource kind of the tree, for kinds that work together.
   *
   * @param type its class or interface
   * @param <T> the same
   * @return the kind, when it is loaded
   */
  <T> Optional<T> kind(Class<T> type);

  /**
   * Names a task for people.
   *
   * @param task pid as in the images
   * @return such as {@code "task 12 (redis-server)"}
   */
  String describe(int task);

  /**
   * A descriptor in place.
   *
   * @param task pid as in the images
   * @param number of the descriptor
   */
  record Holder(int task, int number) {}
}

package org.stasis.engine.rebuild;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSet;
import org.stasis.images.proto.CoreEntry;
import org.stasis.images.proto.FdinfoEntry;
import org.stasis.images.proto.FsEntry;
import org.stasis.images.proto.MmEntry;
import org.stasis.images.proto.PstreeEntry;
import org.stasis.images.proto.TaskKobjIdsEntry;

/**
 * Everything the images say about one task.
 *
 * @param entry pid, parent, group, session, threads
 * @param cores one for each thread, the leader first
 * @param ids of its kernel objects; null for a zombie
 * @param mm its mappings; null for a zombie
 * @param fs its directories; null for a zombie
 * @param descriptors its descriptors; empty when it shares its parent's
 */
public record TaskImages(
    PstreeEntry entry,
    List<CoreEntry> cores,
    @Nullable TaskKobjIdsEntry ids,
    @Nullable MmEntry mm,
    @Nullable FsEntry fs,
    List<FdinfoEntry> descriptors) {
  /** {@code task_state} of a zombie: the constant and what older dumps wrote. */
  private static final int TASK_DEAD = 2;

  private static final int TASK_KERNEL_ZOMBIE = 6;
  private static final int TASK_STOPPED = 3;

  /**
   * Reads all tasks.
   *
   * @param images the set
   * @return tasks by pid, parents before children
   * @throws IOException when an image is missing or damaged
   * @throws StasisException when the tree makes no sense
   */
  public static Map<Integer, TaskImages> readAll(ImageSet images)
      throws IOException, StasisException {
    Map<Integer, TaskImages> tasks = new LinkedHashMap<>();
    for (PstreeEntry entry : images.all(ImageKind.PSTREE, PstreeEntry.parser())) {
      if (tasks.isEmpty() != (entry.getPpid() == 0)
          || (entry.getPpid() != 0 && !tasks.containsKey(entry.getPpid()))) {
        throw broken(entry, "parent " + entry.getPpid() + " does not come before it");
      }
      if (tasks.put(entry.getPid(), read(images, entry)) != null) {
        throw broken(entry, "comes twice");
      }
    }
    if (tasks.isEmpty()) {
      throw new StasisException("", "reading pstree.img", "it holds no task", 0, "", null);
    }
    return tasks;
  }

  /**
   * The same with other mappings.
   *
   * @param other instead
   * @return a task
   */
  TaskImages with(MmEntry other) {
    return new TaskImages(entry, cores, ids, other, fs, descriptors);
  }

  private static StasisException broken(PstreeEntry entry, String why) {
    return new StasisException("task " + entry.getPid(), "reading pstree.img", why, 0, "", null);
  }

  private static TaskImages read(ImageSet images, PstreeEntry entry)
      throws IOException, StasisException {
    List<CoreEntry> cores = new ArrayList<>();
    cores.add(images.read(ImageKind.CORE, entry.getPid(), CoreEntry.parser()));
    if (!cores.getFirst().hasTc()) {
      throw broken(entry, "its core image is that of a thread");
    }
    if (!isZombie(cores.getFirst())) { // what CRIU writes as threads of a zombie means nothing
      readThreads(images, entry, cores);
    }
    TaskKobjIdsEntry ids = images.find(ImageKind.IDS, entry.getPid(), TaskKobjIdsEntry.parser());
    if (isZombie(cores.getFirst())) {
      return new TaskImages(entry, cores, ids, null, null, List.of());
    }
    for (CoreEntry core : cores) {
      if (!core.hasThreadInfo() || !core.hasThreadCore()) {
        throw broken(entry, "its core images are of another architecture, or incomplete");
      }
    }
    if (ids == null) {
      throw broken(entry, "it has no ids image");
    }
    return new TaskImages(
        entry,
        cores,
        ids,
        images.read(ImageKind.MM, entry.getPid(), MmEntry.parser()),
        images.read(ImageKind.FS, entry.getPid(), FsEntry.parser()),
        images.all(ImageKind.FDINFO, ids.getFilesId(), FdinfoEntry.parser()));
  }

  private static void readThreads(ImageSet images, PstreeEntry entry, List<CoreEntry> cores)
      throws IOException, StasisException {
    if (entry.getThreadsCount() == 0 || entry.getThreads(0) != entry.getPid()) {
      throw broken(entry, "its threads do not begin with its leader");
    }
    for (int i = 1; i < entry.getThreadsCount(); i++) {
      cores.add(images.read(ImageKind.CORE, entry.getThreads(i), CoreEntry.parser()));
    }
  }

  private static boolean isZombie(CoreEntry core) {
    int state = core.getTc().getTaskState();
    return state == TASK_DEAD || state == TASK_KERNEL_ZOMBIE;
  }

  /**
   * Its pid.
   *
   * @return as in the images
   */
  public int pid() {
    return entry.getPid();
  }

  /**
   * The leader's core.
   *
   * @return with the task's part
   */
  public CoreEntry core() {
    return cores.getFirst();
  }

  /**
   * Whether it has ended and waits to be waited for.
   *
   * @return true for a zombie
   */
  public boolean isZombie() {
    return isZombie(core());
  }

  /**
   * Whether it is stopped by job control.
   *
   * @return true when it must be left so
   */
  public boolean isStopped() {
    return core().getTc().getTaskState() == TASK_STOPPED;
  }

  /**
   * The mappings.
   *
   * @return never of a zombie
   */
  public MmEntry mappings() {
    if (mm == null) {
      throw new IllegalStateException("a zombie has no mappings");
    }
    return mm;
  }

  /**
   * The directories.
   *
   * @return never of a zombie
   */
  public FsEntry directories() {
    if (fs == null) {
      throw new IllegalStateException("a zombie has no directories");
    }
    return fs;
  }

  /**
   * Whether it has one table of descriptors with another task (CLONE_FILES).
   *
   * @param other null when there is none
   * @return true when what one opens, the other has
   */
  boolean sharesDescriptors(@Nullable TaskImages other) {
    return shares(other, TaskKobjIdsEntry::getFilesId);
  }

  /**
   * Whether it has root, working directory and umask together with another task (CLONE_FS).
   *
   * @param other null when there is none
   * @return true when one follows where the other goes
   */
  boolean sharesDirectories(@Nullable TaskImages other) {
    return shares(other, TaskKobjIdsEntry::getFsId);
  }

  private boolean shares(@Nullable TaskImages other, ToIntFunction<TaskKobjIdsEntry> id) {
    return ids != null
        && other != null
        && other.ids != null
        && id.applyAsInt(ids) == id.applyAsInt(other.ids);
  }

  /**
   * Names it for people.
   *
   * @return such as {@code "task 12 (redis-server)"}
   */
  public String describe() {
    return "task " + pid() + " (" + core().getTc().getComm() + ")";
  }
}

package org.stasis.engine.files;

import java.util.List;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.TaskView;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.IdMapping;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

/** User and group ids as images keep them: those seen in the user namespace of a task. */
public final class UserIds {
  /** What the kernel shows for an id that a namespace does not know. */
  private static final int OVERFLOW = 65534;

  private final List<IdMapping> users;
  private final List<IdMapping> groups;

  private UserIds(List<IdMapping> users, List<IdMapping> groups) {
    this.users = users;
    this.groups = groups;
  }

  /**
   * Reads the maps of a task's user namespace.
   *
   * @param task one of the tree
   * @return its view
   * @throws StasisException when they cannot be read
   */
  public static UserIds of(TaskView task) throws StasisException {
    try (ProcFs proc = ProcFs.open();
        ProcTask own = proc.task(task.pid())) {
      return new UserIds(own.uidMap(), own.gidMap());
    } catch (SyscallException e) {
      throw new StasisException(task.describe(), "reading its user namespace's maps", "", e);
    }
  }

  /**
   * Translates a user id.
   *
   * @param id in the engine's user namespace
   * @return the same user in the task's
   */
  public int user(int id) {
    return translate(id, users);
  }

  /**
   * Translates a group id.
   *
   * @param id in the engine's user namespace
   * @return the same group in the task's
   */
  public int group(int id) {
    return translate(id, groups);
  }

  private static int translate(int id, List<IdMapping> map) {
    long wanted = Integer.toUnsignedLong(id);
    for (IdMapping range : map) {
      long distance = wanted - Integer.toUnsignedLong(range.outside());
      if (distance >= 0 && distance < Integer.toUnsignedLong(range.length())) {
        return (int) (range.inside() + distance);
      }
    }
    return OVERFLOW;
  }
}

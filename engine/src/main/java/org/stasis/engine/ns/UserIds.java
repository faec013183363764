package org.stasis.engine.ns;

import java.util.List;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.TaskView;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.IdMapping;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

/**
 * User and group ids as images keep them, those seen in the user namespace of a tree, and what they
 * are in the engine's.
 */
public final class UserIds {
  /** What the kernel shows for an id that a namespace does not know. */
  private static final int OVERFLOW = 65534;

  private static final List<IdMapping> EVERYBODY = List.of(new IdMapping(0, 0, -1));

  /** For a tree that has no user namespace of its own. */
  public static final UserIds SAME = new UserIds(EVERYBODY, EVERYBODY);

  private final List<IdMapping> users;
  private final List<IdMapping> groups;

  /**
   * Ids of a namespace.
   *
   * @param users its map of users, as the engine sees it
   * @param groups its map of groups
   */
  public UserIds(List<IdMapping> users, List<IdMapping> groups) {
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
   * The map of users.
   *
   * @return its ranges, as the engine sees them
   */
  public List<IdMapping> users() {
    return users;
  }

  /**
   * The map of groups.
   *
   * @return its ranges, as the engine sees them
   */
  public List<IdMapping> groups() {
    return groups;
  }

  /**
   * Translates a user id.
   *
   * @param id in the engine's user namespace
   * @return the same user in the tree's, where nobody stands for those it does not know
   */
  public int user(int id) {
    return inside(id, users);
  }

  /**
   * Translates a group id.
   *
   * @param id in the engine's user namespace
   * @return the same group in the tree's, where nobody's stands for those it does not know
   */
  public int group(int id) {
    return inside(id, groups);
  }

  /**
   * Translates a user id back.
   *
   * @param id in the tree's user namespace
   * @return the same user in the engine's; nobody for one that nobody is mapped to
   */
  public int userOutside(int id) {
    return outside(id, users);
  }

  /**
   * Translates a group id back.
   *
   * @param id in the tree's user namespace
   * @return the same group in the engine's; nobody's for one that none is mapped to
   */
  public int groupOutside(int id) {
    return outside(id, groups);
  }

  /**
   * The user that has the namespace's privileges.
   *
   * @return 0, or the first that is mapped where that one is not
   */
  public int firstUser() {
    return first(users);
  }

  /**
   * The group of {@link #firstUser}.
   *
   * @return 0, or the first that is mapped where that one is not
   */
  public int firstGroup() {
    return first(groups);
  }

  private static int first(List<IdMapping> map) {
    boolean root = false;
    for (IdMapping range : map) {
      root |= range.inside() == 0;
    }
    return root || map.isEmpty() ? 0 : map.getFirst().inside();
  }

  private static int inside(int id, List<IdMapping> map) {
    for (IdMapping range : map) {
      if (isIn(id, range.outside(), range.length())) {
        return range.inside() + (id - range.outside());
      }
    }
    return OVERFLOW;
  }

  private static int outside(int id, List<IdMapping> map) {
    for (IdMapping range : map) {
      if (isIn(id, range.inside(), range.length())) {
        return range.outside() + (id - range.inside());
      }
    }
    return OVERFLOW;
  }

  private static boolean isIn(int id, int start, int length) {
    long distance = Integer.toUnsignedLong(id) - Integer.toUnsignedLong(start);
    return distance >= 0 && distance < Integer.toUnsignedLong(length);
  }
}

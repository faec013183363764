package org.stasis.engine.sessions;

import java.util.List;

/** What a task does to bring others into the world, or itself into its session or group. */
public sealed interface Step {
  /**
   * Makes a task.
   *
   * @param task its pid
   * @param sibling whether it becomes a child of the maker's parent, {@code CLONE_PARENT}, and so
   *     only inherits the maker's session and group
   */
  record Make(int task, boolean sibling) implements Step {}

  /**
   * Makes a task by way of a child that ends at once, so that the task becomes the child of who
   * adopts orphans here.
   *
   * @param passing pid of the child that ends, which nobody else has
   * @param task the pid
   */
  record MakeOrphan(int passing, int task) implements Step {}

  /**
   * Stands in for the leader of a session, which has ended: a child with the leader's pid begins
   * the session, makes its members and ends.
   *
   * @param session id of the session
   * @param births the members
   */
  record StandIn(int session, List<Make> births) implements Step {}

  /** Begins a session of its own. */
  record BeginSession() implements Step {}

  /** Begins a process group of its own. */
  record BeginGroup() implements Step {}

  /**
   * Begins and joins a process group whose leader has ended: by a child with the leader's pid that
   * ends at once.
   *
   * @param group id of the group
   */
  record FoundGroup(int group) implements Step {}
}

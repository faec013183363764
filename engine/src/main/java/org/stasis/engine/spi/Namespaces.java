package org.stasis.engine.spi;

import org.stasis.engine.StasisException;
import org.stasis.engine.ns.UserIds;
import org.stasis.engine.options.NamespaceKind;
import org.stasis.images.proto.TaskKobjIdsEntry;

/**
 * The namespaces of a tree: what the kind that carries them tells the core and other kinds. Found
 * with {@link CaptureContext#kind} and {@link RebuildContext#kind}; it answers once it has captured
 * or planned.
 */
public interface Namespaces {
  /**
   * Whether the tree lives in a namespace that its caller does not live in.
   *
   * @param kind of namespace
   * @return true when the root task's is another one than the caller's, external ones included
   */
  boolean own(NamespaceKind kind);

  /**
   * Whether the namespace is left to the caller to provide.
   *
   * @param kind of namespace
   * @return true when it is {@link #own} but not made here: external, or joined
   */
  boolean external(NamespaceKind kind);

  /**
   * User and group ids in the tree's user namespace.
   *
   * @return {@link UserIds#SAME} when the tree lives in its caller's
   */
  UserIds userIds();

  /**
   * The id of a task's namespace; in a dump.
   *
   * @param task one of the tree
   * @param kind of namespace
   * @return its id in the images, 0 when the kernel has no such kind
   * @throws StasisException when it cannot be looked at
   */
  int id(TaskView task, NamespaceKind kind) throws StasisException;

  /**
   * The id in the images of the namespace the root task lives in; both directions.
   *
   * @param kind of namespace
   * @return the id, 0 when the images have none
   */
  int rootId(NamespaceKind kind);

  /**
   * Sets the ids of a task's namespaces; in a dump.
   *
   * @param task one of the tree
   * @param ids takes them
   * @throws StasisException when they cannot be looked at
   */
  void ids(TaskView task, TaskKobjIdsEntry.Builder ids) throws StasisException;

  /**
   * Sets the ids of the caller's namespaces, for the inventory; in a dump.
   *
   * @param ids takes them
   */
  void callerIds(TaskKobjIdsEntry.Builder ids);
}

package org.stasis.engine.sessions;

/**
 * A task of a tree, as far as births go. Ids are those of the tree's pid namespace.
 *
 * @param pid its id
 * @param parent its parent's id; 0 for the root
 * @param session id of its session; 0 when that is not visible in the namespace
 * @param group id of its process group; 0 when that is not visible in the namespace
 * @param zombie whether it has ended
 * @param subreaper whether orphans among its descendants become its children, {@code
 *     PR_SET_CHILD_SUBREAPER(2const)}
 * @param name for people
 */
public record Member(
    int pid, int parent, int session, int group, boolean zombie, boolean subreaper, String name) {
  boolean leadsSession() {
    return session == pid;
  }

  boolean leadsGroup() {
    return group == pid;
  }
}

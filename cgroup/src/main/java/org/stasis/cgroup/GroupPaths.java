package org.stasis.cgroup;

/** Absolute paths of groups within a hierarchy. */
final class GroupPaths {
  private GroupPaths() {}

  /** Whether a group is another one or lies below it. */
  static boolean isBelow(String path, String above) {
    return above.equals("/")
        || path.equals(above)
        || (path.startsWith(above) && path.charAt(above.length()) == '/');
  }

  /** What leads from a group to one at or below it: empty, or begins with a slash. */
  static String rest(String path, String above) {
    return above.equals("/") ? (path.equals("/") ? "" : path) : path.substring(above.length());
  }

  /**
   * A group below another.
   *
   * @param rest empty, or begins with a slash
   */
  static String join(String above, String rest) {
    if (rest.isEmpty()) {
      return above;
    }
    return above.equals("/") ? rest : above + rest;
  }

  /** The group above, or the root itself. */
  static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash <= 0 ? "/" : path.substring(0, slash);
  }
}

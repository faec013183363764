package org.stasis.mounts;

/** Absolute paths as mountinfo writes them: no empty, {@code .} or {@code ..} components. */
final class Paths {
  private Paths() {}

  /** Whether a path is another one or lies below it. */
  static boolean isBelow(String path, String above) {
    return above.equals("/")
        || path.equals(above)
        || (path.startsWith(above) && path.charAt(above.length()) == '/');
  }

  /** What leads from a path to one at or below it: no leading slash, empty for itself. */
  static String relative(String path, String above) {
    if (!isBelow(path, above)) {
      throw new IllegalArgumentException(path + " is not below " + above);
    }
    int start = above.equals("/") ? 1 : Math.min(above.length() + 1, path.length());
    return path.substring(start);
  }

  /** A path below another. */
  static String join(String above, String relative) {
    return relative.isEmpty() ? above : above.equals("/") ? "/" + relative : above + "/" + relative;
  }
}

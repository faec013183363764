package org.stasis.engine.options;

/**
 * An open descriptor of the root agent that takes the place of an object in the images.
 *
 * @param key the object, compared verbatim: a path without its leading slash, {@code pipe:[INO]},
 *     {@code socket:[INO]}, {@code tty[RDEV:DEV]}, {@code file[MNT:INO]}, {@code /memfd:NAME}, or
 *     the label of an external namespace
 * @param fd the descriptor's number in the root agent
 */
public record InheritFd(String key, int fd) {
  /** Checks the number. */
  public InheritFd {
    if (fd < 0) {
      throw new IllegalArgumentException("inherited descriptor for " + key + " is negative: " + fd);
    }
  }

  /**
   * Reads {@code fd[N]:KEY}.
   *
   * @param text value of {@code --inherit-fd}
   * @return what it means
   * @throws IllegalArgumentException when it has another form
   */
  public static InheritFd parse(String text) {
    int split = text.indexOf("]:");
    if (!text.startsWith("fd[") || split < 0 || split + 2 == text.length()) {
      throw new IllegalArgumentException("bad inherited descriptor \"" + text + "\": fd[N]:KEY");
    }
    String digits = text.substring("fd[".length(), split);
    try {
      return new InheritFd(text.substring(split + 2), Integer.parseInt(digits));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "bad inherited descriptor \"" + text + "\": " + digits + " is not a number", e);
    }
  }
}

package org.stasis.images;

import java.io.IOException;

/**
 * Image data that is not what the format says: where it is, what was found there and what should
 * have been.
 */
public final class ImageException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final long offsetBytes;
  private final String found;
  private final String expected;

  /**
   * @param file name of the image file, as a person would look for it
   * @param offsetBytes where in the file the wrong bytes start; -1 when no one place is to blame
   * @param found what is there
   * @param expected what the format wants there
   */
  public ImageException(String file, long offsetBytes, String found, String expected) {
    this(file, offsetBytes, found, expected, null);
  }

  /** As the other one, with the failure underneath. */
  public ImageException(
      String file,
      long offsetBytes,
      String found,
      String expected,
      @org.jspecify.annotations.Nullable Throwable cause) {
    super(
        file
            + (offsetBytes < 0 ? "" : ", offset " + offsetBytes)
            + ": found "
            + found
            + ", expected "
            + expected,
        cause);
    this.file = file;
    this.offsetBytes = offsetBytes;
    this.found = found;
    this.expected = expected;
  }

  /** Name of the image file. */
  public String file() {
    return file;
  }

  /** Where in the file the wrong bytes start, or -1. */
  public long offsetBytes() {
    return offsetBytes;
  }

  /** What is there. */
  public String found() {
    return found;
  }

  /** What the format wants there. */
  public String expected() {
    return expected;
  }
}

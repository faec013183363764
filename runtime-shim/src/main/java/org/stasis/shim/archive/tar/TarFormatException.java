package org.stasis.shim.archive.tar;

import java.io.IOException;

/** An archive that isn't what it should be: where, and what is wrong. */
public final class TarFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * Describes it.
   *
   * @param offset of the header in the tar archive, in bytes
   * @param problem what was found, and what was expected
   */
  TarFormatException(long offset, String problem) {
    super("bad tar archive at byte " + offset + ": " + problem);
  }
}

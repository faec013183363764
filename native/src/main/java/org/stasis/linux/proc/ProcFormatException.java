package org.stasis.linux.proc;

/** A file of {@code /proc} that does not look as this kernel's documentation says. */
public final class ProcFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ProcFormatException(String file, int offset, String expected, String found) {
    super(file + " at byte " + offset + ": expected " + expected + ", found \"" + found + "\"");
  }
}

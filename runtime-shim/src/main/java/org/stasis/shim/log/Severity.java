package org.stasis.shim.log;

/** How grave a message is. */
public enum Severity {
  /** Printed at every verbosity, without a mark. */
  MESSAGE(0, ""),
  /** Something failed. */
  ERROR(1, "Error"),
  /** Something may be wrong. */
  WARNING(2, "Warn "),
  /** A step of the work. */
  INFORMATION(3, ""),
  /** Everything else. */
  DEBUG(4, "");

  private final int verbosity;
  private final String mark;

  Severity(int verbosity, String mark) {
    this.verbosity = verbosity;
    this.mark = mark;
  }

  /** Whether a message of this kind is written at a verbosity. */
  boolean isWrittenAt(int chosen) {
    return verbosity <= chosen;
  }

  /** What stands before the position, or the empty text when neither is written. */
  String mark() {
    return mark;
  }
}

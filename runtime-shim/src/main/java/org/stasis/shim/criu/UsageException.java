package org.stasis.shim.criu;

/** What the caller asked for makes no sense; nothing was done. Ends the command with status 1. */
final class UsageException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean syntax;

  private UsageException(String message, boolean syntax, Throwable cause) {
    super(message, cause);
    this.syntax = syntax;
  }

  /** A value or combination that cannot be. */
  UsageException(String message) {
    this(message, false, null);
  }

  /** A value that cannot be, found by whoever reads such values. */
  UsageException(String message, Throwable cause) {
    this(message, false, cause);
  }

  /** Words that are no criu command line. */
  static UsageException syntax(String message) {
    return new UsageException(message, true, null);
  }

  /** Whether a pointer to the usage serves the caller. */
  boolean isSyntax() {
    return syntax;
  }
}

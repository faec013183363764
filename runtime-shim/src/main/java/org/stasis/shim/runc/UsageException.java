package org.stasis.shim.runc;

/** Words that are no command line of a runtime; the caller is shown the help. */
final class UsageException extends Exception {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }

  UsageException(String message, Throwable cause) {
    super(message, cause);
  }
}

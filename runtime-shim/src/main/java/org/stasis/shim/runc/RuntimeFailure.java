package org.stasis.shim.runc;

import org.jspecify.annotations.Nullable;

/** A command that cannot be done, or failed; the message is what the caller is told. */
public final class RuntimeFailure extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * What the caller is told.
   *
   * @param message as runc would word it where runc knows the case
   */
  public RuntimeFailure(String message) {
    super(message);
  }

  /**
   * What the caller is told, and why.
   *
   * @param message as runc would word it where runc knows the case
   * @param cause what led to it, or null
   */
  public RuntimeFailure(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}

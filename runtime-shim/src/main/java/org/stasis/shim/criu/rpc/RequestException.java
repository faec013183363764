package org.stasis.shim.criu.rpc;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A request that failed: what the reply tells. */
public final class RequestException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int errno;
  private final boolean told;

  /**
   * Describes a failure.
   *
   * @param errno a positive error number, or 0 when none applies
   * @param message for the client; null when it shall be told nothing but the failure
   * @param cause what led to it
   */
  public RequestException(int errno, @Nullable String message, @Nullable Throwable cause) {
    super(message, cause);
    this.errno = errno;
    this.told = message != null;
  }

  /**
   * The error number.
   *
   * @return a positive one, or 0 when none applies
   */
  public int errno() {
    return errno;
  }

  Optional<String> told() {
    return told ? Optional.of(getMessage()) : Optional.empty();
  }
}

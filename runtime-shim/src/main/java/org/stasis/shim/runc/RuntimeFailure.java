package org.stasis.shim.runc;

import org.jspecify.annotations.Nullable;
import org.stasis.shim.criu.rpc.RequestException;

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

  /**
   * A dump or restore that failed, in the words that runc's callers look for.
   *
   * @param type DUMP or RESTORE
   * @param failed how it failed
   * @param log the file that tells more, as the caller calls it
   * @return to be thrown
   */
  static RuntimeFailure of(String type, RequestException failed, String log) {
    return new RuntimeFailure(
        "criu failed: type "
            + type
            + " errno "
            + failed.errno()
            + "\n"
            + String.valueOf(failed.getMessage()).strip()
            + "\nlog file: "
            + log,
        failed);
  }
}

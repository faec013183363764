package org.stasis.shim;

/** A command line that callers know: {@code criu}, {@code stasis-runc}, {@code stasis}. */
@FunctionalInterface
public interface Door {
  /**
   * Serves one call, on a thread of its own; returns at its end.
   *
   * @param caller who called, with its arguments and descriptors
   * @return the exit status, 0 to 255
   * @throws Exception an error of the engine itself, which ends only this session
   */
  int serve(Caller caller) throws Exception;
}

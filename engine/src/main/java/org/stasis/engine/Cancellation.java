package org.stasis.engine;

/**
 * Whether whoever asked for a dump or restore still wants it.
 *
 * <p>The engine asks between its steps and at least every 50 ms while it waits; a dump that is
 * cancelled lets its tree run on, a restore that is cancelled undoes itself.
 */
@FunctionalInterface
public interface Cancellation {
  /** Nobody ever cancels. */
  Cancellation NEVER = () -> false;

  /**
   * Asks. Cheap: at most one system call, and safe from any thread.
   *
   * @return true from the moment on when the work is no longer wanted
   */
  boolean requested();

  /**
   * Goes on only while the work is wanted.
   *
   * @throws CancelledException when it is not
   */
  default void check() throws CancelledException {
    if (requested()) {
      throw new CancelledException();
    }
  }
}

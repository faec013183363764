package org.stasis.engine.capture;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Errno;
import org.stasis.linux.Processes;
import org.stasis.linux.SyscallException;
import org.stasis.linux.WaitStatus;

/**
 * Waits for threads that the session's thread traces. Never for ever: a deadline, a cancelled
 * session and a thread that is gone all end it. Who has begun to change a thread waits {@link
 * #awaitSurely surely}: that it can be undone must not depend on whether anybody wants it.
 */
public final class Tracer {
  /** Only our own tracees, and at once: the JVM has children, and other sessions tracees. */
  static final int NO_HANG = Processes.__WALL | Processes.__WNOTHREAD | Processes.WNOHANG;

  private static final BooleanSupplier NEVER = () -> false;
  private static final int SPINS = 400;
  private static final long SHORTEST_NAP = 20_000;
  private static final long LONGEST_NAP = 1_000_000;

  private final BooleanSupplier cancelled;
  private final long timeoutNanos;

  /**
   * Sets the limits.
   *
   * @param cancelled whether the session has been given up
   * @param timeoutNanos how long one wait may take
   */
  public Tracer(BooleanSupplier cancelled, long timeoutNanos) {
    this.cancelled = cancelled;
    this.timeoutNanos = timeoutNanos;
  }

  /**
   * Waits until a traced thread changes state.
   *
   * @param tid the thread, in the engine's pid namespace
   * @return its new state
   * @throws SyscallException ETIMEDOUT after the deadline, ECANCELED when the session is given up,
   *     ECHILD when it is not traced by this thread (any more)
   */
  public WaitStatus await(int tid) throws SyscallException {
    return await(tid, cancelled);
  }

  /**
   * Waits a little until a traced thread changes state.
   *
   * @param tid the thread, in the engine's pid namespace
   * @param nanos how long at most
   * @return its new state; null when it has not changed yet
   * @throws SyscallException ECANCELED when the session is given up, ECHILD when it is not traced
   *     by this thread (any more)
   */
  @Nullable WaitStatus awaitBriefly(int tid, long nanos) throws SyscallException {
    return await(tid, cancelled, System.nanoTime() + nanos);
  }

  /**
   * As {@link #await(int)}, also when the session has been given up.
   *
   * @param tid the thread, in the engine's pid namespace
   * @return its new state
   * @throws SyscallException ETIMEDOUT after the deadline, ECHILD when it is not traced by this
   *     thread (any more)
   */
  WaitStatus awaitSurely(int tid) throws SyscallException {
    return await(tid, NEVER);
  }

  private WaitStatus await(int tid, BooleanSupplier end) throws SyscallException {
    WaitStatus status = await(tid, end, System.nanoTime() + timeoutNanos);
    if (status == null) {
      throw new SyscallException("waiting for thread " + tid, Errno.ETIMEDOUT.number());
    }
    return status;
  }

  private @Nullable WaitStatus await(int tid, BooleanSupplier end, long deadline)
      throws SyscallException {
    long nap = SHORTEST_NAP;
    for (int spin = 0; ; spin++) {
      Processes.@Nullable Waited waited = Processes.wait4(tid, NO_HANG);
      if (waited != null) {
        return waited.status();
      }
      if (spin < SPINS) {
        Thread.onSpinWait();
        continue;
      }
      if (!rest("waiting for thread " + tid, deadline, nap, end)) {
        return null;
      }
      nap = Math.min(nap * 2, LONGEST_NAP);
    }
  }

  /** What is done with a thread that changed its state. */
  @FunctionalInterface
  public interface Change {
    /**
     * Looks at it.
     *
     * @param tid the thread, in the engine's pid namespace
     * @param status its new state; one that has ended has been reaped
     * @throws SyscallException ptrace(2)
     */
    void of(int tid, WaitStatus status) throws SyscallException;
  }

  /**
   * Takes all changes of state, of whichever thread this thread traces, that have not been taken
   * yet.
   *
   * @param change is told of each
   * @throws SyscallException what {@code change} throws
   */
  public static void takeChanges(Change change) throws SyscallException {
    try {
      for (Processes.@Nullable Waited each; (each = Processes.wait4(-1, NO_HANG)) != null; ) {
        change.of(each.pid(), each.status());
      }
    } catch (SyscallException e) {
      if (!e.is(Errno.ECHILD)) {
        throw e;
      }
    }
  }

  /**
   * Waits for something else than a state of a thread.
   *
   * @param what for the message
   * @param condition polled
   * @throws SyscallException ETIMEDOUT after the deadline, ECANCELED when the session is given up
   */
  public void await(String what, BooleanSupplier condition) throws SyscallException {
    await(what, condition, cancelled);
  }

  /**
   * As {@link #await(String, BooleanSupplier)}, also when the session has been given up.
   *
   * @param what for the message
   * @param condition polled
   * @throws SyscallException ETIMEDOUT after the deadline
   */
  public void awaitSurely(String what, BooleanSupplier condition) throws SyscallException {
    await(what, condition, NEVER);
  }

  private void await(String what, BooleanSupplier condition, BooleanSupplier end)
      throws SyscallException {
    long deadline = System.nanoTime() + timeoutNanos;
    long nap = SHORTEST_NAP;
    while (!condition.getAsBoolean()) {
      if (!rest(what, deadline, nap, end)) {
        throw new SyscallException(what, Errno.ETIMEDOUT.number());
      }
      nap = Math.min(nap * 2, LONGEST_NAP);
    }
  }

  /**
   * How long one wait may take.
   *
   * @return as given
   */
  long timeoutNanos() {
    return timeoutNanos;
  }

  /**
   * Whether the session has been given up.
   *
   * @return true when it has
   */
  public boolean cancelled() {
    return cancelled.getAsBoolean();
  }

  /** Rests a little, unless the deadline has passed: whether it did. */
  private static boolean rest(String what, long deadline, long nap, BooleanSupplier end)
      throws SyscallException {
    if (end.getAsBoolean()) {
      throw new SyscallException(what, Errno.ECANCELED.number());
    }
    if (System.nanoTime() > deadline) {
      return false;
    }
    LockSupport.parkNanos(nap);
    return true;
  }
}

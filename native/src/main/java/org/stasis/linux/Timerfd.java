package org.stasis.linux;

import java.lang.foreign.MemorySegment;
import org.stasis.linux.foreign.Scratch;

/** Timers behind descriptors, timerfd_create(2). */
public final class Timerfd {
  public static final int TFD_TIMER_ABSTIME = 1;
  public static final int TFD_TIMER_CANCEL_ON_SET = 2;

  public static final int CLOCK_REALTIME = 0;
  public static final int CLOCK_REALTIME_ALARM = 8;
  public static final int CLOCK_BOOTTIME_ALARM = 9;

  /** {@code TFD_IOC_SET_TICKS}: the argument points to the number of expirations not read yet. */
  public static final long SET_TICKS = IoctlNumber.write('T', 0, Long.BYTES);

  private static final int ITIMERSPEC_BYTES = 4 * Long.BYTES;

  private Timerfd() {}

  /**
   * Makes a timer catch up, timerfd_gettime(2): a repeating timer that has expired stands still
   * until it is read or asked; then it counts what it has missed and goes on.
   *
   * @param timer a timer
   * @throws SyscallException EINVAL when it is no timer
   */
  public static void catchUp(Fd timer) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment spec = scratch.allocate(ITIMERSPEC_BYTES);
      Syscall.check(
          Syscall.raw(SyscallNumber.TIMERFD_GETTIME, timer.number(), spec.address()),
          "timerfd_gettime");
    }
  }
}

package org.stasis.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import org.stasis.linux.foreign.Scratch;

/** The kernel's clocks, clock_gettime(2). */
public final class Clock {
  public static final int CLOCK_REALTIME = 0;
  public static final int CLOCK_MONOTONIC = 1;
  public static final int CLOCK_BOOTTIME = 7;

  private static final long NANOS = 1_000_000_000L;

  private Clock() {}

  /**
   * Reads a clock.
   *
   * @param id {@code CLOCK_} number
   * @return nanoseconds, in the time namespace of this process
   * @throws SyscallException EINVAL when there is no such clock
   */
  public static long read(int id) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment time = scratch.allocate(2L * Long.BYTES); // struct timespec
      Syscall.check(Syscall.raw(SyscallNumber.CLOCK_GETTIME, id, time.address()), "clock_gettime");
      return time.getAtIndex(JAVA_LONG, 0) * NANOS + time.getAtIndex(JAVA_LONG, 1);
    }
  }
}

package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.List;
import org.stasis.linux.foreign.Scratch;

/** Waiting for descriptors to become ready, poll(2). */
public final class Poll {
  public static final int POLLIN = 0x001;
  public static final int POLLPRI = 0x002;
  public static final int POLLOUT = 0x004;
  public static final int POLLERR = 0x008;
  public static final int POLLHUP = 0x010;
  public static final int POLLNVAL = 0x020;
  public static final int POLLRDHUP = 0x2000;

  /** {@code struct pollfd}. */
  static final StructLayout LAYOUT =
      structLayout(
              JAVA_INT.withName("fd"),
              JAVA_SHORT.withName("events"),
              JAVA_SHORT.withName("revents"))
          .withName("struct pollfd");

  private static final long FD = LAYOUT.byteOffset(groupElement("fd"));
  private static final long EVENTS = LAYOUT.byteOffset(groupElement("events"));
  private static final long REVENTS = LAYOUT.byteOffset(groupElement("revents"));
  private static final long NANOS_PER_MILLI = 1_000_000L;

  private Poll() {}

  /**
   * What to wait for.
   *
   * @param fd the descriptor
   * @param events {@code POLL} bits
   */
  public record Interest(Fd fd, int events) {}

  /**
   * Waits for one descriptor.
   *
   * @param fd the descriptor
   * @param events {@code POLL} bits; errors and hang-ups are told without asking
   * @param timeoutMillis how long at most; negative for ever
   * @return the bits that hold; 0 when the time ran out
   * @throws SyscallException poll(2)
   */
  public static int await(Fd fd, int events, int timeoutMillis) throws SyscallException {
    return await(List.of(new Interest(fd, events)), timeoutMillis)[0];
  }

  /**
   * Waits for any of several descriptors.
   *
   * @param interests what to wait for
   * @param timeoutMillis how long at most, also when signals interrupt it; negative for ever
   * @return for each the bits that hold; all 0 when the time ran out
   * @throws SyscallException poll(2)
   */
  public static int[] await(List<Interest> interests, int timeoutMillis) throws SyscallException {
    int count = interests.size();
    long deadline = System.nanoTime() + timeoutMillis * NANOS_PER_MILLI;
    try (Scratch scratch = Scratch.open()) {
      MemorySegment array = scratch.allocate(count * LAYOUT.byteSize());
      for (int i = 0; i < count; i++) {
        long at = i * LAYOUT.byteSize();
        array.set(JAVA_INT, at + FD, interests.get(i).fd().number());
        array.set(JAVA_SHORT, at + EVENTS, (short) interests.get(i).events());
      }
      while (true) {
        long answer = once(scratch, array, count, timeoutMillis, deadline);
        if (answer != -Errno.EINTR.number()) {
          Syscall.check(answer, "ppoll");
          return ready(array, count);
        }
      }
    }
  }

  private static long once(
      Scratch scratch, MemorySegment array, int count, int timeoutMillis, long deadline) {
    long timeout = 0;
    if (timeoutMillis >= 0) {
      long left = Math.max(0, deadline - System.nanoTime());
      timeout = Futex.timespec(scratch, left).address();
    }
    return Syscall.raw(SyscallNumber.PPOLL, array.address(), count, timeout, 0);
  }

  private static int[] ready(MemorySegment array, int count) {
    int[] events = new int[count];
    for (int i = 0; i < count; i++) {
      events[i] = Short.toUnsignedInt(array.get(JAVA_SHORT, i * LAYOUT.byteSize() + REVENTS));
    }
    return events;
  }
}

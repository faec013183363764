package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.ref.Reference;
import org.stasis.linux.foreign.Scratch;

/**
 * Waiting for a 32-bit word of shared memory to change, futex(2), across processes.
 *
 * <p>The word itself is read and written by the caller, with the memory order it needs.
 */
public final class Futex {
  private static final int FUTEX_WAIT = 0;
  private static final int FUTEX_WAKE = 1;

  /** {@code struct timespec}. */
  static final StructLayout TIMESPEC =
      structLayout(JAVA_LONG.withName("tv_sec"), JAVA_LONG.withName("tv_nsec"))
          .withName("struct timespec");

  private static final long SECONDS = TIMESPEC.byteOffset(groupElement("tv_sec"));
  private static final long NANOS = TIMESPEC.byteOffset(groupElement("tv_nsec"));
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private Futex() {}

  /**
   * Sleeps while the word has a certain value, until woken.
   *
   * @param word four aligned bytes of shared memory
   * @param value what the word has as long as sleeping makes sense
   * @param timeoutNanos how long at most; negative for ever
   * @return false when the time ran out; true when woken, when the word had another value, and now
   *     and then for no reason: look at the word again
   */
  public static boolean await(MemorySegment word, int value, long timeoutNanos) {
    long address = address(word);
    try (Scratch scratch = Scratch.open()) {
      long timeout = timeoutNanos < 0 ? 0 : timespec(scratch, timeoutNanos).address();
      long answer = Syscall.raw(SyscallNumber.FUTEX, address, FUTEX_WAIT, value, timeout);
      if (answer < 0
          && answer != -Errno.ETIMEDOUT.number()
          && answer != -Errno.EAGAIN.number()
          && answer != -Errno.EINTR.number()) {
        throw impossible("futex wait", answer);
      }
      return answer != -Errno.ETIMEDOUT.number();
    } finally {
      Reference.reachabilityFence(word);
    }
  }

  /**
   * Wakes who sleeps on the word.
   *
   * @param word four aligned bytes of shared memory
   * @param count how many sleepers at most
   * @return how many there were
   */
  public static int wake(MemorySegment word, int count) {
    try {
      long answer = Syscall.raw(SyscallNumber.FUTEX, address(word), FUTEX_WAKE, count);
      if (answer < 0) {
        throw impossible("futex wake", answer);
      }
      return (int) answer;
    } finally {
      Reference.reachabilityFence(word);
    }
  }

  /** Places a {@code struct timespec}. */
  static MemorySegment timespec(Scratch scratch, long nanos) {
    MemorySegment timespec = scratch.allocate(TIMESPEC);
    timespec.set(JAVA_LONG, SECONDS, nanos / NANOS_PER_SECOND);
    timespec.set(JAVA_LONG, NANOS, nanos % NANOS_PER_SECOND);
    return timespec;
  }

  private static long address(MemorySegment word) {
    if (word.byteSize() < Integer.BYTES) {
      throw new IndexOutOfBoundsException("a futex has 4 bytes, not " + word.byteSize());
    }
    return Syscall.address(word);
  }

  /** Only a wrong address gets here, or a file cut short below its mapping: a bug of ours. */
  private static AssertionError impossible(String call, long answer) {
    return new AssertionError(call + ": " + Errno.describe((int) -answer));
  }
}

package org.stasis.linux;

/** Counters that wake readers, eventfd(2). */
public final class EventCounter {
  public static final int EFD_SEMAPHORE = 1;
  public static final int EFD_NONBLOCK = Open.O_NONBLOCK;
  public static final int EFD_CLOEXEC = Open.O_CLOEXEC;

  private EventCounter() {}

  /**
   * Makes a counter.
   *
   * @param initial its first value, unsigned
   * @param flags {@code EFD_} flags
   * @return its descriptor; reads and writes are of 8 bytes
   * @throws SyscallException EMFILE
   */
  public static Fd create(int initial, int flags) throws SyscallException {
    long answer = Syscall.raw(SyscallNumber.EVENTFD2, Integer.toUnsignedLong(initial), flags);
    return Fd.of((int) Syscall.check(answer, "eventfd2"));
  }
}

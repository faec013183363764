package org.stasis.linux.agent;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.stasis.linux.Futex;
import org.stasis.linux.Processes;
import org.stasis.linux.Syscall;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;

/**
 * How agents learn that the engine is gone: every channel holds a robust futex of the session's
 * thread. When that thread ends, however it ends, the kernel marks each futex with FUTEX_OWNER_DIED
 * and wakes a waiter (set_robust_list(2), {@code Documentation/locking/robust-futex-ABI.rst}). The
 * agent needs no descriptor for it and does not poll.
 *
 * <p>Belongs to the thread that makes it, which must be a platform thread; it replaces the robust
 * list that the C library has registered for that thread, so that thread must not hold robust
 * mutexes, and Java has none.
 */
public final class Liveness implements AutoCloseable {
  private static final int FUTEX_WAITERS = 0x80000000;
  private static final int FUTEX_OWNER_DIED = 0x40000000;
  private static final long HEAD_SIZE = 24;
  private static final long FUTEX_OFFSET = 8;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment head = arena.allocate(HEAD_SIZE, 8);
  private final List<MemorySegment> channels = new ArrayList<>();
  private final int tid = Processes.selfThread();

  /**
   * Registers the calling thread.
   *
   * @throws SyscallException when the kernel refuses
   */
  public Liveness() throws SyscallException {
    link();
    head.set(ValueLayout.JAVA_LONG, FUTEX_OFFSET, Channel.LIVE - Channel.ROBUST_NEXT);
    try {
      Syscall.check(
          Syscall.raw(SyscallNumber.SET_ROBUST_LIST, head.address(), HEAD_SIZE), "set_robust_list");
    } catch (SyscallException e) {
      arena.close();
      throw e;
    }
  }

  /**
   * Lets the agents of a channel depend on this thread. To be done before any of them runs.
   *
   * @param channel shared memory, from the start of the channel
   */
  public void watch(MemorySegment channel) {
    channel.set(ValueLayout.JAVA_INT, Channel.LIVE, tid | FUTEX_WAITERS);
    channels.add(channel);
    link();
  }

  /**
   * Ends the dependence; to be done before the memory is unmapped.
   *
   * @param channel as given to {@link #watch}
   */
  public void forget(MemorySegment channel) {
    channels.removeIf(known -> known.address() == channel.address());
    link();
  }

  /**
   * Tells the agents of a channel that they are on their own, as if this thread had ended: each
   * exits, or goes home.
   *
   * @param channel as given to {@link #watch}
   */
  public void abandon(MemorySegment channel) {
    Channel.INT.setRelease(channel, Channel.LIVE, FUTEX_OWNER_DIED);
    Futex.wake(channel.asSlice(Channel.LIVE, Integer.BYTES), Integer.MAX_VALUE);
  }

  private void link() {
    long next = head.address();
    for (MemorySegment channel : channels) {
      channel.set(ValueLayout.JAVA_LONG, Channel.ROBUST_NEXT, next);
      next = channel.address() + Channel.ROBUST_NEXT;
    }
    head.set(ValueLayout.JAVA_LONG, 0, next);
  }

  @Override
  public void close() {
    Syscall.raw(SyscallNumber.SET_ROBUST_LIST, 0, HEAD_SIZE);
    channels.clear();
    arena.close();
  }
}

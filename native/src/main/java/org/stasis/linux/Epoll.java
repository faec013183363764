package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.List;
import org.stasis.linux.foreign.Scratch;

/** Waiting for many descriptors to become ready, epoll(7). */
public final class Epoll implements AutoCloseable {
  public static final int EPOLLIN = 0x001;
  public static final int EPOLLPRI = 0x002;
  public static final int EPOLLOUT = 0x004;
  public static final int EPOLLERR = 0x008;
  public static final int EPOLLHUP = 0x010;
  public static final int EPOLLRDHUP = 0x2000;
  public static final int EPOLLEXCLUSIVE = 1 << 28;
  public static final int EPOLLWAKEUP = 1 << 29;
  public static final int EPOLLONESHOT = 1 << 30;
  public static final int EPOLLET = 1 << 31;

  /** {@code struct epoll_event}, which is packed on x86-64 alone. */
  static final StructLayout LAYOUT =
      structLayout(JAVA_INT.withName("events"), JAVA_LONG_UNALIGNED.withName("data"))
          .withName("struct epoll_event");

  private static final long EVENTS = LAYOUT.byteOffset(groupElement("events"));
  private static final long DATA = LAYOUT.byteOffset(groupElement("data"));
  private static final int CTL_ADD = 1;
  private static final int CTL_DEL = 2;
  private static final int CTL_MOD = 3;
  private static final int BATCH = 64;

  private final Fd fd;

  private Epoll(Fd fd) {
    this.fd = fd;
  }

  /**
   * What became ready.
   *
   * @param events {@code EPOLL} bits
   * @param data what was given with the descriptor
   */
  public record Ready(int events, long data) {}

  /**
   * Makes one that watches nothing yet.
   *
   * @return close-on-exec
   * @throws SyscallException EMFILE
   */
  public static Epoll open() throws SyscallException {
    long answer = Syscall.raw(SyscallNumber.EPOLL_CREATE1, Open.O_CLOEXEC);
    return new Epoll(Fd.of((int) Syscall.check(answer, "epoll_create1")));
  }

  /**
   * The descriptor, which stays this object's.
   *
   * @return the descriptor
   */
  public Fd fd() {
    return fd;
  }

  /**
   * Watches another descriptor.
   *
   * @param target which
   * @param events {@code EPOLL} bits
   * @param data told with its events
   * @throws SyscallException EEXIST, EPERM for what can't be waited for
   */
  public void add(Fd target, int events, long data) throws SyscallException {
    control(CTL_ADD, target, events, data);
  }

  /**
   * Changes what is watched about a descriptor.
   *
   * @param target which
   * @param events {@code EPOLL} bits
   * @param data told with its events
   * @throws SyscallException ENOENT when it is not watched
   */
  public void modify(Fd target, int events, long data) throws SyscallException {
    control(CTL_MOD, target, events, data);
  }

  /**
   * Watches a descriptor no longer.
   *
   * @param target which
   * @throws SyscallException ENOENT when it is not watched
   */
  public void remove(Fd target) throws SyscallException {
    control(CTL_DEL, target, 0, 0);
  }

  /**
   * Waits.
   *
   * @param timeoutMillis how long at most; negative for ever. A signal may end it early
   * @return what is ready; empty when the time ran out or a signal came
   * @throws SyscallException epoll_wait(2)
   */
  public List<Ready> await(int timeoutMillis) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment events = scratch.allocateDirty(BATCH * LAYOUT.byteSize());
      long answer =
          Syscall.raw(
              SyscallNumber.EPOLL_PWAIT, fd.number(), events.address(), BATCH, timeoutMillis);
      if (answer == -Errno.EINTR.number()) {
        return List.of();
      }
      int count = (int) Syscall.check(answer, "epoll_pwait");
      List<Ready> ready = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        long at = i * LAYOUT.byteSize();
        ready.add(
            new Ready(
                events.get(JAVA_INT, at + EVENTS), events.get(JAVA_LONG_UNALIGNED, at + DATA)));
      }
      return ready;
    }
  }

  @Override
  public void close() throws SyscallException {
    fd.close();
  }

  private void control(int operation, Fd target, int events, long data) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment event = scratch.allocate(LAYOUT);
      event.set(JAVA_INT, EVENTS, events);
      event.set(JAVA_LONG_UNALIGNED, DATA, data);
      long answer =
          Syscall.raw(
              SyscallNumber.EPOLL_CTL, fd.number(), operation, target.number(), event.address());
      Syscall.check(answer, "epoll_ctl");
    }
  }
}

package org.stasis.linux;

import org.jspecify.annotations.Nullable;

/** A process held by a descriptor, pidfd_open(2): its pid can't come to mean another one. */
public final class PidFd implements AutoCloseable {
  public static final int PIDFD_NONBLOCK = Open.O_NONBLOCK;

  /** The descriptor stands for one thread, not for its process; Linux 6.9. */
  public static final int PIDFD_THREAD = Open.O_EXCL;

  private final Fd fd;

  private PidFd(Fd fd) {
    this.fd = fd;
  }

  /**
   * Opens a process.
   *
   * @param pid its pid in the caller's namespace
   * @param flags {@code PIDFD_} flags
   * @return the process; close-on-exec
   * @throws SyscallException ESRCH; EINVAL when {@code pid} is a thread and no flag says so
   */
  public static PidFd open(int pid, int flags) throws SyscallException {
    long answer = Syscall.raw(SyscallNumber.PIDFD_OPEN, pid, flags);
    if (answer < 0) {
      throw Syscall.failure(answer, "pidfd_open " + pid);
    }
    return new PidFd(Fd.of((int) answer));
  }

  /**
   * Takes over a pidfd.
   *
   * @param fd what clone3(2) or a socket handed out
   * @return the process
   */
  public static PidFd of(Fd fd) {
    return new PidFd(fd);
  }

  /**
   * The descriptor, which stays this object's.
   *
   * @return the pidfd
   */
  public Fd fd() {
    return fd;
  }

  /**
   * Takes a descriptor out of the process, pidfd_getfd(2): the same open file, here.
   *
   * @param number the descriptor's number in that process
   * @return the file, close-on-exec
   * @throws SyscallException EBADF when there is none, EPERM without the right to trace, ESRCH when
   *     the process has ended
   */
  public Fd getFd(int number) throws SyscallException {
    long answer = Syscall.raw(SyscallNumber.PIDFD_GETFD, fd.number(), number, 0);
    if (answer < 0) {
      throw Syscall.failure(answer, "pidfd_getfd " + number);
    }
    return Fd.of((int) answer);
  }

  /**
   * Sends a signal, pidfd_send_signal(2).
   *
   * @param signal which
   * @throws SyscallException ESRCH when the process has ended and was reaped, EPERM
   */
  public void sendSignal(int signal) throws SyscallException {
    Syscall.check(
        Syscall.raw(SyscallNumber.PIDFD_SEND_SIGNAL, fd.number(), signal, 0, 0),
        "pidfd_send_signal");
  }

  /**
   * Waits for this child.
   *
   * @param options as of {@link Processes#waitid}
   * @return what happened, or null with {@code WNOHANG} when nothing has
   * @throws SyscallException ECHILD when it is not the caller's child
   */
  public Processes.@Nullable Waited await(int options) throws SyscallException {
    return Processes.waitid(Processes.P_PIDFD, fd.number(), options);
  }

  /**
   * Waits until the process has ended, whoever's child it is.
   *
   * @param timeoutMillis how long at most; negative for ever
   * @return whether it has ended
   * @throws SyscallException poll(2)
   */
  public boolean awaitEnd(int timeoutMillis) throws SyscallException {
    return Poll.await(fd, Poll.POLLIN, timeoutMillis) != 0;
  }

  @Override
  public void close() throws SyscallException {
    fd.close();
  }
}

package org.stasis.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.foreign.Scratch;

/** Signals to processes, and waiting for them: kill(2), wait(2). */
public final class Processes {
  public static final int WNOHANG = 1;
  public static final int WUNTRACED = 2;
  public static final int WSTOPPED = 2;
  public static final int WEXITED = 4;
  public static final int WCONTINUED = 8;
  public static final int WNOWAIT = 0x01000000;

  /** Wait for the calling thread's own children and tracees only. */
  public static final int __WNOTHREAD = 0x20000000;

  /** Wait for children whatever signal tells of their end. */
  public static final int __WALL = 0x40000000;

  public static final int __WCLONE = 0x80000000;

  public static final int P_ALL = 0;
  public static final int P_PID = 1;
  public static final int P_PGID = 2;
  public static final int P_PIDFD = 3;

  private static final int CLD_EXITED = 1;
  private static final int CLD_KILLED = 2;
  private static final int CLD_DUMPED = 3;
  private static final int CLD_CONTINUED = 6;

  private Processes() {}

  /**
   * Who was waited for, and what happened.
   *
   * @param pid a thread id in the caller's pid namespace
   * @param status what happened to it
   */
  public record Waited(int pid, WaitStatus status) {}

  /**
   * The calling process.
   *
   * @return its pid in its own namespace
   */
  public static int self() {
    return (int) Syscall.raw(SyscallNumber.GETPID);
  }

  /**
   * The calling thread.
   *
   * @return its thread id in its own namespace
   */
  public static int selfThread() {
    return (int) Syscall.raw(SyscallNumber.GETTID);
  }

  /**
   * Sends a signal, as kill(2).
   *
   * @param pid a process; negative for a group
   * @param signal which; 0 only asks whether it could be sent
   * @throws SyscallException ESRCH, EPERM
   */
  public static void kill(int pid, int signal) throws SyscallException {
    long answer = Syscall.raw(SyscallNumber.KILL, pid, signal);
    if (answer < 0) {
      throw Syscall.failure(answer, "kill " + pid + " " + Signal.describe(signal));
    }
  }

  /**
   * Sends a signal to one thread, as tgkill(2).
   *
   * @param pid its process
   * @param tid the thread
   * @param signal which
   * @throws SyscallException ESRCH, EPERM
   */
  public static void kill(int pid, int tid, int signal) throws SyscallException {
    long answer = Syscall.raw(SyscallNumber.TGKILL, pid, tid, signal);
    if (answer < 0) {
      throw Syscall.failure(answer, "tgkill " + tid + " " + Signal.describe(signal));
    }
  }

  /**
   * Waits for what the calling thread traces or has for a child, of any kind; not for what other
   * threads of this process have, nor for the children of the JVM.
   *
   * @param pid which one, -1 for any
   * @param options {@code WNOHANG}, {@code WUNTRACED}, {@code WCONTINUED}; a stop under ptrace is
   *     reported without asking
   * @return who, or null with {@code WNOHANG} when nothing has happened
   * @throws SyscallException ECHILD when there is nobody to wait for
   */
  public static @Nullable Waited await(int pid, int options) throws SyscallException {
    return wait4(pid, options | __WALL | __WNOTHREAD);
  }

  /**
   * Waits, as wait4(2), with nothing added to the options. Starts again after a signal.
   *
   * @param pid as in wait4(2)
   * @param options as in wait4(2)
   * @return who, or null with {@code WNOHANG} when nothing has happened
   * @throws SyscallException ECHILD when there is nobody to wait for
   */
  public static @Nullable Waited wait4(int pid, int options) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment status = scratch.allocate(JAVA_INT);
      long answer;
      do {
        answer = Syscall.raw(SyscallNumber.WAIT4, pid, status.address(), options, 0);
      } while (answer == -Errno.EINTR.number());
      if (answer < 0) {
        throw Syscall.failure(answer, "wait4 " + pid);
      }
      return answer == 0 ? null : new Waited((int) answer, WaitStatus.of(status.get(JAVA_INT, 0)));
    }
  }

  /**
   * Waits, as waitid(2). Starts again after a signal.
   *
   * @param kind {@code P_} value: what {@code id} is
   * @param id whom to wait for
   * @param options at least one of {@code WEXITED}, {@code WSTOPPED}, {@code WCONTINUED}; {@code
   *     WNOWAIT} leaves it to be waited for again
   * @return who, or null with {@code WNOHANG} when nothing has happened
   * @throws SyscallException ECHILD when there is nobody to wait for
   */
  public static @Nullable Waited waitid(int kind, int id, int options) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment memory = scratch.allocate(SigInfo.LAYOUT);
      long answer;
      do {
        answer = Syscall.raw(SyscallNumber.WAITID, kind, id, memory.address(), options, 0, 0);
      } while (answer == -Errno.EINTR.number());
      if (answer < 0) {
        throw Syscall.failure(answer, "waitid " + id);
      }
      SigInfo info = SigInfo.read(memory, 0);
      return info.pid() == 0 ? null : new Waited(info.pid(), statusOf(info));
    }
  }

  /**
   * Where a thread keeps its list of robust futexes, get_robust_list(2).
   *
   * @param tid the thread; 0 for the calling one
   * @return the list's head and the head's size
   * @throws SyscallException EPERM, ESRCH
   */
  public static RobustList getRobustList(int tid) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment pair = scratch.allocate(2L * Long.BYTES);
      long address = pair.address();
      long answer = Syscall.raw(SyscallNumber.GET_ROBUST_LIST, tid, address, address + Long.BYTES);
      if (answer < 0) {
        throw Syscall.failure(answer, "get_robust_list " + tid);
      }
      return new RobustList(
          pair.get(java.lang.foreign.ValueLayout.JAVA_LONG, 0),
          pair.get(java.lang.foreign.ValueLayout.JAVA_LONG, Long.BYTES));
    }
  }

  /**
   * A thread's list of robust futexes.
   *
   * @param head its address in the task; 0 for none
   * @param length size of the head, in bytes
   */
  public record RobustList(long head, long length) {}

  private static WaitStatus statusOf(SigInfo info) {
    int status = info.status();
    return switch (info.code()) {
      case CLD_EXITED -> new WaitStatus.Exited(status);
      case CLD_KILLED -> new WaitStatus.Signaled(status, false);
      case CLD_DUMPED -> new WaitStatus.Signaled(status, true);
      case CLD_CONTINUED -> new WaitStatus.Continued();
      default -> new WaitStatus.Stopped(status & 0xff, status >>> 8); // CLD_TRAPPED, CLD_STOPPED
    };
  }
}

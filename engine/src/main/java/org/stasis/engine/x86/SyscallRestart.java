package org.stasis.engine.x86;

import java.util.OptionalLong;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.x86.UserRegs;

/** What the kernel does with a system call that a stop has interrupted. */
public final class SyscallRestart {
  private static final long NR_RESTART_SYSCALL = 219;
  private static final int EINTR = 4;
  private static final int ERESTARTSYS = 512;
  private static final int ERESTARTNOINTR = 513;
  private static final int ERESTARTNOHAND = 514;
  private static final int ERESTART_RESTARTBLOCK = 516;
  private static final int SYSCALL_INSTRUCTION = 2;
  private static final int SA_RESTART = 0x10000000;

  private SyscallRestart() {}

  /**
   * Has the kernel begin a call anew that any stop ends with EINTR, even one that no handler
   * follows (signal(7)): epoll_wait, semop, sigtimedwait, io_getevents, sockets with a time limit.
   * The program must not see the stop. If a handler does run the call still fails with EINTR, as it
   * would have without the stop. A time that it waits for begins anew.
   *
   * @param regs as the thread was stopped; changed
   */
  public static void hideStop(UserRegs regs) {
    if (regs.rax() == -EINTR && endsAtStops(regs.origRax())) {
      regs.rax(-ERESTARTNOHAND);
    }
  }

  private static boolean endsAtStops(long call) {
    return switch ((int) call) {
      case SyscallNumber.EPOLL_WAIT,
          SyscallNumber.EPOLL_PWAIT,
          SyscallNumber.EPOLL_PWAIT2,
          SyscallNumber.SEMOP,
          SyscallNumber.SEMTIMEDOP,
          SyscallNumber.RT_SIGTIMEDWAIT,
          SyscallNumber.IO_GETEVENTS,
          SyscallNumber.READ,
          SyscallNumber.READV,
          SyscallNumber.WRITE,
          SyscallNumber.WRITEV,
          SyscallNumber.CONNECT,
          SyscallNumber.ACCEPT,
          SyscallNumber.ACCEPT4,
          SyscallNumber.RECVFROM,
          SyscallNumber.RECVMSG,
          SyscallNumber.RECVMMSG,
          SyscallNumber.SENDTO,
          SyscallNumber.SENDMSG,
          SyscallNumber.SENDMMSG ->
          true;
      default -> false;
    };
  }

  /**
   * Whether a thread was stopped in a call that the kernel would go on with through a restart
   * block, which only that thread has.
   *
   * @param regs as the thread was stopped
   * @return true for nanosleep, poll, futex waits with a timeout and the like
   */
  public static boolean needsRestartBlock(UserRegs regs) {
    return regs.origRax() >= 0 && regs.rax() == -ERESTART_RESTARTBLOCK;
  }

  /**
   * Prepares registers for another kernel's thread: as {@link #apply}, but a call that only a
   * restart block could go on with begins anew, since nobody is told what the block holds. A time
   * that it waits for begins anew with it. It fails with EINTR if it has been restarted once
   * before: then nobody knows which call it was.
   *
   * @param regs as the thread was stopped; changed
   * @param handler flags of the action whose handler comes next, before anything else; nothing when
   *     no handler is due. It decides whether the call fails with EINTR after it: a program that
   *     waits for its handler must not find itself waiting again.
   */
  public static void applyForImage(UserRegs regs, OptionalLong handler) {
    if (handler.isPresent() && failsAfter(regs, handler.getAsLong())) {
      regs.rax(-EINTR);
    } else if (!needsRestartBlock(regs)) {
      apply(regs);
    } else if (regs.origRax() == NR_RESTART_SYSCALL) {
      regs.rax(-EINTR);
    } else {
      begin(regs, regs.origRax());
    }
  }

  private static boolean failsAfter(UserRegs regs, long flags) {
    if (regs.origRax() < 0) {
      return false;
    }
    return switch ((int) -regs.rax()) {
      case ERESTARTSYS -> (flags & SA_RESTART) == 0;
      case ERESTARTNOHAND, ERESTART_RESTARTBLOCK -> true;
      default -> false;
    };
  }

  /**
   * Does to the registers what the kernel does when it restarts an interrupted call without running
   * a handler (arch_do_signal_or_restart): the thread goes on at the system call instruction.
   *
   * @param regs as the thread was stopped; changed
   */
  public static void apply(UserRegs regs) {
    if (regs.origRax() < 0) {
      return;
    }
    switch ((int) -regs.rax()) {
      case ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND -> begin(regs, regs.origRax());
      case ERESTART_RESTARTBLOCK -> begin(regs, NR_RESTART_SYSCALL);
      default -> {}
    }
  }

  private static void begin(UserRegs regs, long call) {
    regs.rax(call);
    regs.rip(regs.rip() - SYSCALL_INSTRUCTION);
  }
}

package org.stasis.engine.x86;

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

  private SyscallRestart() {}

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
   */
  public static void applyForImage(UserRegs regs) {
    if (!needsRestartBlock(regs)) {
      apply(regs);
    } else if (regs.origRax() == NR_RESTART_SYSCALL) {
      regs.rax(-EINTR);
    } else {
      begin(regs, regs.origRax());
    }
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

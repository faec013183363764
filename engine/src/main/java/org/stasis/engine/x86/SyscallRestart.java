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
   * restart block could go on with fails with EINTR, since nobody is told what the block holds.
   *
   * @param regs as the thread was stopped; changed
   */
  public static void applyForImage(UserRegs regs) {
    if (needsRestartBlock(regs)) {
      regs.rax(-EINTR);
    } else {
      apply(regs);
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
      case ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND -> {
        regs.rax(regs.origRax());
        regs.rip(regs.rip() - SYSCALL_INSTRUCTION);
      }
      case ERESTART_RESTARTBLOCK -> {
        regs.rax(NR_RESTART_SYSCALL);
        regs.rip(regs.rip() - SYSCALL_INSTRUCTION);
      }
      default -> {}
    }
  }
}

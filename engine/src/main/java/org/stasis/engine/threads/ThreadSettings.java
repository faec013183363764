package org.stasis.engine.threads;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import org.stasis.engine.capture.Harvest;
import org.stasis.images.proto.ThreadCoreEntry;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Program;

/**
 * What a thread has asked the kernel to do differently for it, prctl(2) and arch_prctl(2): timer
 * slack, memory errors, traps on RDTSC and CPUID, speculation, being part of the block layer.
 * Nothing is written down where a thread has what all begin with.
 */
public final class ThreadSettings {
  private static final int PR_GET_TSC = 25;
  private static final int PR_SET_TSC = 26;
  private static final int PR_TSC_SIGSEGV = 2;
  private static final int PR_SET_TIMERSLACK = 29;
  private static final int PR_GET_TIMERSLACK = 30;
  private static final int DEFAULT_SLACK_NANOS = 50_000;
  private static final int PR_MCE_KILL = 33;
  private static final int PR_MCE_KILL_GET = 34;
  private static final int PR_MCE_KILL_SET = 1;
  private static final int PR_MCE_KILL_DEFAULT = 2;
  private static final int PR_GET_SPECULATION_CTRL = 52;
  private static final int PR_SET_SPECULATION_CTRL = 53;
  private static final int PR_SPEC_L1D_FLUSH = 2;
  private static final int SPECULATIONS = 3;
  private static final int PR_SPEC_PRCTL = 1;
  private static final int PR_SPEC_ENABLE = 2;
  private static final int PR_SPEC_DISABLED = 4 | 8 | 16; // DISABLE, FORCE_DISABLE, DISABLE_NOEXEC
  private static final int PR_SET_IO_FLUSHER = 57;
  private static final int PR_GET_IO_FLUSHER = 58;
  private static final int ARCH_GET_CPUID = 0x1011;
  private static final int ARCH_SET_CPUID = 0x1012;

  private ThreadSettings() {}

  /**
   * Asks for all.
   *
   * @param in the thread's program
   * @param core takes them
   */
  public static void harvest(Harvest in, ThreadCoreEntry.Builder core) {
    long tsc = in.room(Long.BYTES);
    in.call(SyscallNumber.PRCTL, Argument.of(PR_GET_TSC), Argument.channel(tsc));
    Argument slack = in.call(SyscallNumber.PRCTL, Argument.of(PR_GET_TIMERSLACK));
    Argument errors = in.call(SyscallNumber.PRCTL, Argument.of(PR_MCE_KILL_GET));
    Argument flusher = in.call(SyscallNumber.PRCTL, Argument.of(PR_GET_IO_FLUSHER));
    Argument cpuid = in.call(SyscallNumber.ARCH_PRCTL, Argument.of(ARCH_GET_CPUID));
    Argument[] speculation = new Argument[SPECULATIONS];
    for (int kind = 0; kind < SPECULATIONS; kind++) {
      speculation[kind] =
          in.call(SyscallNumber.PRCTL, Argument.of(PR_GET_SPECULATION_CTRL), Argument.of(kind));
    }
    in.then(
        answers -> {
          if (answers.memory().get(JAVA_INT, tsc) == PR_TSC_SIGSEGV) {
            core.setTscTraps(true);
          }
          // real-time threads have none
          if (answers.of(slack) > 0 && answers.of(slack) != DEFAULT_SLACK_NANOS) {
            core.setTimerSlack(answers.of(slack));
          }
          if (answers.of(errors) >= 0 && answers.of(errors) != PR_MCE_KILL_DEFAULT) {
            core.setMceKill((int) answers.of(errors));
          }
          if (answers.of(flusher) == 1) {
            core.setIoFlusher(true);
          }
          if (answers.of(cpuid) == 0) {
            core.setCpuidTraps(true);
          }
          capture(answers, speculation, core);
        });
  }

  private static void capture(
      Harvest.Answers answers, Argument[] speculation, ThreadCoreEntry.Builder core) {
    boolean chosen = false;
    for (int kind = 0; kind < SPECULATIONS; kind++) {
      chosen |= isChosen(kind, answers.of(speculation[kind]));
    }
    for (int kind = 0; kind < SPECULATIONS && chosen; kind++) {
      core.addSpeculation((int) Math.max(0, answers.of(speculation[kind])));
    }
  }

  /** Threads begin with speculation, and with no flush of the cache. */
  private static boolean isChosen(int kind, long state) {
    int other = kind == PR_SPEC_L1D_FLUSH ? PR_SPEC_ENABLE : PR_SPEC_DISABLED;
    return state > 0 && (state & PR_SPEC_PRCTL) != 0 && (state & other) != 0;
  }

  /**
   * Plans them; to come after the scheduling policy, with which the slack changes.
   *
   * @param core the thread
   * @param program the thread's
   */
  public static void plan(ThreadCoreEntry core, Program program) {
    if (core.hasTimerSlack()) {
      program.why("setting the timer slack");
      program.call(SyscallNumber.PRCTL, PR_SET_TIMERSLACK, core.getTimerSlack());
    }
    if (core.hasMceKill()) {
      program.why("setting what memory errors do");
      program.call(SyscallNumber.PRCTL, PR_MCE_KILL, PR_MCE_KILL_SET, core.getMceKill());
    }
    if (core.getIoFlusher()) {
      program.why("becoming an I/O flusher", "It needs CAP_SYS_RESOURCE.");
      program.call(SyscallNumber.PRCTL, PR_SET_IO_FLUSHER, 1);
    }
    for (int kind = 0; kind < core.getSpeculationCount(); kind++) {
      int state = core.getSpeculation(kind);
      if (isChosen(kind, state)) {
        program.why("restricting speculation");
        program.call(
            Expect.ANY, // another processor may have nothing to restrict
            SyscallNumber.PRCTL,
            Argument.of(PR_SET_SPECULATION_CTRL),
            Argument.of(kind),
            Argument.of(state & ~PR_SPEC_PRCTL));
      }
    }
    if (core.getTscTraps()) {
      program.why("trapping RDTSC");
      program.call(SyscallNumber.PRCTL, PR_SET_TSC, PR_TSC_SIGSEGV);
    }
    if (core.getCpuidTraps()) {
      program.why("trapping CPUID", "This processor may not be able to.");
      program.call(SyscallNumber.ARCH_PRCTL, ARCH_SET_CPUID, 0);
    }
  }
}

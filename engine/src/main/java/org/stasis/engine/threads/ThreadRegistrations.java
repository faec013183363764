package org.stasis.engine.threads;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.stasis.engine.capture.Harvest;
import org.stasis.images.proto.RseqEntry;
import org.stasis.images.proto.ThreadCoreEntry;
import org.stasis.images.proto.ThreadInfoX86;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;

/**
 * What a thread has told the kernel about itself: the word to clear when it ends
 * (set_tid_address(2)), its robust futexes (set_robust_list(2)), its restartable sequences
 * (rseq(2)), its name and the signal it gets when its parent dies (prctl(2)).
 */
public final class ThreadRegistrations {
  private static final int PR_SET_PDEATHSIG = 1;
  private static final int PR_GET_PDEATHSIG = 2;
  private static final int PR_SET_NAME = 15;
  private static final int PR_GET_TID_ADDRESS = 40;

  private ThreadRegistrations() {}

  /**
   * Asks for what only the thread is told.
   *
   * @param in the thread's program
   * @param core takes the parent death signal
   * @param info takes the tid address
   */
  public static void harvest(Harvest in, ThreadCoreEntry.Builder core, ThreadInfoX86.Builder info) {
    long room = in.room(16);
    in.call(SyscallNumber.PRCTL, Argument.of(PR_GET_TID_ADDRESS), Argument.channel(room));
    in.call(SyscallNumber.PRCTL, Argument.of(PR_GET_PDEATHSIG), Argument.channel(room + 8));
    in.then(
        answers -> {
          info.setClearTidAddr(answers.memory().get(JAVA_LONG, room));
          int signal = answers.memory().get(JAVA_INT, room + 8);
          if (signal != 0) {
            core.setPdeathSig(signal);
          }
        });
  }

  /**
   * Plans the registrations; the memory they point at must be there.
   *
   * @param core the thread
   * @param tidAddress word to clear at its end; 0 for none
   * @param plan takes the data
   * @param program the thread's
   */
  public static void plan(ThreadCoreEntry core, long tidAddress, Plan plan, Program program) {
    program.why("setting the tid address");
    program.call(SyscallNumber.SET_TID_ADDRESS, tidAddress);
    if (core.getFutexRla() != 0) {
      program.why("setting the robust list");
      program.call(
          SyscallNumber.SET_ROBUST_LIST, core.getFutexRla(), core.getFutexRlaLen() & 0xffffffffL);
    }
    if (core.hasRseqEntry() && core.getRseqEntry().getRseqAbiPointer() != 0) {
      RseqEntry rseq = core.getRseqEntry();
      program.why("registering the rseq area");
      program.call(
          SyscallNumber.RSEQ,
          rseq.getRseqAbiPointer(),
          rseq.getRseqAbiSize() & 0xffffffffL,
          0,
          rseq.getSignature() & 0xffffffffL);
    }
    if (core.hasComm()) {
      planName(core.getComm(), plan, program);
    }
  }

  /**
   * Plans a thread's name.
   *
   * @param name at most 15 bytes
   * @param plan takes the data
   * @param program the thread's
   */
  public static void planName(String name, Plan plan, Program program) {
    program.why("setting the name");
    program.call(SyscallNumber.PRCTL, Argument.of(PR_SET_NAME), plan.text(name));
  }

  /**
   * Plans the parent death signal; to come after credentials, which clear it.
   *
   * @param core the thread
   * @param program the thread's
   */
  public static void planParentDeathSignal(ThreadCoreEntry core, Program program) {
    if (core.getPdeathSig() != 0) {
      program.why("setting the parent death signal");
      program.call(SyscallNumber.PRCTL, PR_SET_PDEATHSIG, core.getPdeathSig());
    }
  }
}

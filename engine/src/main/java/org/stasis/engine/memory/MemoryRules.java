package org.stasis.engine.memory;

import org.stasis.engine.capture.Harvest;
import org.stasis.images.proto.MmEntry;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Program;

/**
 * Rules for all memory of a process, prctl(2): transparent huge pages disabled, merging of equal
 * pages, and that nothing written to becomes executable (MDWE).
 */
public final class MemoryRules {
  private static final int PR_SET_THP_DISABLE = 41;
  private static final int PR_GET_THP_DISABLE = 42;
  private static final int PR_SET_MDWE = 65;
  private static final int PR_GET_MDWE = 66;
  private static final int PR_SET_MEMORY_MERGE = 67;
  private static final int PR_GET_MEMORY_MERGE = 68;

  private MemoryRules() {}

  /**
   * Asks for them.
   *
   * @param in the process's program
   * @param mm takes them
   */
  public static void harvest(Harvest in, MmEntry.Builder mm) {
    Argument huge = in.call(SyscallNumber.PRCTL, Argument.of(PR_GET_THP_DISABLE));
    Argument merge = in.call(SyscallNumber.PRCTL, Argument.of(PR_GET_MEMORY_MERGE));
    Argument executable = in.call(SyscallNumber.PRCTL, Argument.of(PR_GET_MDWE));
    in.then(
        answers -> {
          if (answers.of(huge) == 1) {
            mm.setThpDisabled(true);
          }
          if (answers.of(merge) == 1) {
            mm.setMemoryMerge(true);
          }
          if (answers.of(executable) > 0) {
            mm.setMdwe((int) answers.of(executable));
          }
        });
  }

  /**
   * Plans them; to come when all mappings are as they shall be.
   *
   * @param mm the process
   * @param program its program
   */
  static void plan(MmEntry mm, Program program) {
    if (mm.getThpDisabled()) {
      program.why("disabling transparent huge pages");
      program.call(SyscallNumber.PRCTL, PR_SET_THP_DISABLE, 1, 0, 0, 0);
    }
    if (mm.getMemoryMerge()) {
      program.why("merging equal pages", "The kernel needs KSM (CONFIG_KSM) for it.");
      program.call(SyscallNumber.PRCTL, PR_SET_MEMORY_MERGE, 1, 0, 0, 0);
    }
    if (mm.getMdwe() != 0) {
      program.why("keeping what was written to from being executed", "It needs Linux 6.3.");
      program.call(SyscallNumber.PRCTL, PR_SET_MDWE, mm.getMdwe(), 0, 0, 0);
    }
  }
}

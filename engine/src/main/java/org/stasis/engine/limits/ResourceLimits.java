package org.stasis.engine.limits;

import org.stasis.images.proto.RlimitEntry;
import org.stasis.images.proto.TaskRlimitsEntry;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;

/** The resource limits of a process, in the order of RLIMIT_… of getrlimit(2). */
public final class ResourceLimits {
  private ResourceLimits() {}

  /**
   * Plans all limits.
   *
   * @param limits at most as many as the kernel knows
   * @param plan takes the data
   * @param program the process's
   */
  public static void plan(TaskRlimitsEntry limits, Plan plan, Program program) {
    for (int resource = 0; resource < limits.getRlimitsCount(); resource++) {
      RlimitEntry limit = limits.getRlimits(resource);
      program.why(
          "setting resource limit " + resource,
          "Raising a hard limit needs CAP_SYS_RESOURCE; restore with limits as high as at the"
              + " dump.");
      program.call(
          SyscallNumber.PRLIMIT64,
          Argument.ZERO,
          Argument.of(resource),
          plan.longs(limit.getCur(), limit.getMax()),
          Argument.ZERO);
    }
  }
}

package org.stasis.engine.limits;

import org.stasis.images.proto.SchedMoreEntry;
import org.stasis.images.proto.ThreadCoreEntry;
import org.stasis.linux.SchedulingPolicy;
import org.stasis.linux.Syscall;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;

/**
 * How a thread is scheduled: sched_setattr(2), setpriority(2), ioprio_set(2). Its processors are
 * {@link AllowedProcessors}' business.
 */
public final class Scheduling {
  private static final int PRIO_PROCESS = 0;
  private static final int RESET_ON_FORK = 0x40000000;
  private static final int MOST_NICE = 20;
  private static final int UTIL_SCALE = 1024;
  private static final int ATTR_BYTES = 56;
  private static final int IOPRIO_WHO_PROCESS = 1;
  private static final int IOPRIO_CLASS_SHIFT = 13;

  private static final long HINTS_ONLY =
      SchedulingPolicy.SCHED_FLAG_KEEP_POLICY
          | SchedulingPolicy.SCHED_FLAG_KEEP_PARAMS
          | SchedulingPolicy.SCHED_FLAG_UTIL_CLAMP_MIN
          | SchedulingPolicy.SCHED_FLAG_UTIL_CLAMP_MAX;

  private Scheduling() {}

  /**
   * Reads them.
   *
   * @param tid the thread, in the engine's pid namespace
   * @param core takes them
   * @throws SyscallException when the thread is gone
   */
  public static void capture(int tid, ThreadCoreEntry.Builder core) throws SyscallException {
    SchedulingPolicy policy = SchedulingPolicy.get(tid);
    boolean reset = (policy.flags() & SchedulingPolicy.SCHED_FLAG_RESET_ON_FORK) != 0;
    core.setSchedPolicy(policy.policy() | (reset ? RESET_ON_FORK : 0));
    if (isRealTime(policy.policy())) {
      core.setSchedPrio(policy.priority());
    }
    core.setSchedNice(SchedulingPolicy.getNice(PRIO_PROCESS, tid));
    if (policy.policy() == SchedulingPolicy.SCHED_DEADLINE || isHinted(policy)) {
      core.setSchedMore(
          SchedMoreEntry.newBuilder()
              .setFlags(policy.flags())
              .setRuntime(policy.runtimeNanos())
              .setDeadline(policy.deadlineNanos())
              .setPeriod(policy.periodNanos())
              .setUtilMin(policy.utilMin())
              .setUtilMax(policy.utilMax()));
    }
    long io = Syscall.raw(SyscallNumber.IOPRIO_GET, IOPRIO_WHO_PROCESS, tid);
    if (io >> IOPRIO_CLASS_SHIFT > 0) {
      core.setIoPriority((int) io);
    }
  }

  /** Kernels without hints answer 0 and 0; without hints, real-time threads ask for the most. */
  private static boolean isHinted(SchedulingPolicy policy) {
    int least = isRealTime(policy.policy()) ? UTIL_SCALE : 0;
    return policy.utilMax() != 0 && (policy.utilMin() != least || policy.utilMax() != UTIL_SCALE);
  }

  private static boolean isRealTime(int policy) {
    return policy == SchedulingPolicy.SCHED_FIFO || policy == SchedulingPolicy.SCHED_RR;
  }

  /**
   * Plans them.
   *
   * @param core the thread
   * @param plan takes the data
   * @param program the thread's
   */
  public static void plan(ThreadCoreEntry core, Plan plan, Program program) {
    AllowedProcessors.plan(core, plan, program);
    if (core.hasIoPriority()) {
      program.why("setting the I/O priority", "Its real-time class needs CAP_SYS_NICE.");
      program.call(SyscallNumber.IOPRIO_SET, IOPRIO_WHO_PROCESS, 0, core.getIoPriority());
    }
    program.why("setting the nice value");
    program.call(
        SyscallNumber.SETPRIORITY, PRIO_PROCESS, 0, Math.min(core.getSchedNice(), MOST_NICE));
    program.why("setting the scheduling policy");
    SchedMoreEntry more = core.getSchedMore();
    if ((core.getSchedPolicy() & ~RESET_ON_FORK) == SchedulingPolicy.SCHED_DEADLINE) {
      program.why(
          "promising its deadline", "The processors may be taken: see sched(7), SCHED_DEADLINE.");
      program.call(
          SyscallNumber.SCHED_SETATTR,
          Argument.ZERO,
          attr(core, more.getFlags(), plan),
          Argument.ZERO);
      return;
    }
    program.call(
        SyscallNumber.SCHED_SETSCHEDULER,
        Argument.ZERO,
        Argument.of(core.getSchedPolicy() & 0xffffffffL),
        plan.ints(core.getSchedPrio()));
    if (core.hasSchedMore()) {
      program.call(
          Expect.ANY, // hints, of no use to a kernel that takes none
          SyscallNumber.SCHED_SETATTR,
          Argument.ZERO,
          attr(core, HINTS_ONLY, plan),
          Argument.ZERO);
    }
  }

  /** {@code struct sched_attr}. */
  private static Argument attr(ThreadCoreEntry core, long flags, Plan plan) {
    SchedMoreEntry more = core.getSchedMore();
    return plan.longs(
        pair(ATTR_BYTES, core.getSchedPolicy() & ~RESET_ON_FORK),
        flags,
        pair(core.getSchedNice(), core.getSchedPrio()),
        more.getRuntime(),
        more.getDeadline(),
        more.getPeriod(),
        pair(more.getUtilMin(), more.getUtilMax()));
  }

  private static long pair(int low, int high) {
    return low & 0xffffffffL | (long) high << Integer.SIZE;
  }
}

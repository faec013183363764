package org.stasis.engine.limits;

import org.stasis.images.proto.ThreadCoreEntry;
import org.stasis.linux.SchedulingPolicy;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;

/** Policy, priority and nice value of a thread: sched_setscheduler(2), setpriority(2). */
public final class Scheduling {
  private static final int PRIO_PROCESS = 0;
  private static final int RESET_ON_FORK = 0x40000000;
  private static final int MOST_NICE = 20;

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
    program.why("setting the nice value");
    program.call(
        SyscallNumber.SETPRIORITY, PRIO_PROCESS, 0, Math.min(core.getSchedNice(), MOST_NICE));
    program.why("setting the scheduling policy");
    program.call(
        SyscallNumber.SCHED_SETSCHEDULER,
        Argument.ZERO,
        Argument.of(core.getSchedPolicy() & 0xffffffffL),
        plan.ints(core.getSchedPrio()));
  }
}

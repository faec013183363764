package org.stasis.engine.signals;

import org.stasis.engine.StasisException;
import org.stasis.images.proto.SiginfoEntry;
import org.stasis.images.proto.SignalQueueEntry;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;

/**
 * Signals that wait to be delivered, {@code siginfo_t} of 128 bytes each: the queue of the process
 * and those of its threads. A thread queues them to itself, which may claim any origin
 * (rt_sigqueueinfo(2)).
 */
public final class SignalQueues {
  private static final int SIGINFO_BYTES = 128;

  private SignalQueues() {}

  /**
   * Plans the queue of a process.
   *
   * @param queue in delivery order
   * @param pid the process, in its own pid namespace
   * @param plan takes the data
   * @param program the leader's
   * @throws StasisException when a siginfo has the wrong size
   */
  public static void planShared(SignalQueueEntry queue, int pid, Plan plan, Program program)
      throws StasisException {
    program.why("queueing the signals of the process");
    for (SiginfoEntry entry : queue.getSignalsList()) {
      byte[] info = checked(entry, program);
      program.call(
          SyscallNumber.RT_SIGQUEUEINFO,
          Argument.of(pid),
          Argument.of(signal(info)),
          Argument.channel(plan.data(info)));
    }
  }

  /**
   * Plans the queue of a thread.
   *
   * @param queue in delivery order
   * @param pid the process, in its own pid namespace
   * @param tid the thread, likewise
   * @param plan takes the data
   * @param program the thread's
   * @throws StasisException when a siginfo has the wrong size
   */
  public static void planPrivate(
      SignalQueueEntry queue, int pid, int tid, Plan plan, Program program) throws StasisException {
    program.why("queueing the signals of thread " + tid);
    for (SiginfoEntry entry : queue.getSignalsList()) {
      byte[] info = checked(entry, program);
      program.call(
          SyscallNumber.RT_TGSIGQUEUEINFO,
          Argument.of(pid),
          Argument.of(tid),
          Argument.of(signal(info)),
          Argument.channel(plan.data(info)));
    }
  }

  private static byte[] checked(SiginfoEntry entry, Program program) throws StasisException {
    byte[] info = entry.getSiginfo().toByteArray();
    if (info.length != SIGINFO_BYTES) {
      throw new StasisException(
          program.why().task(),
          program.why().doing(),
          "a siginfo of " + info.length + " bytes in the core image, expected " + SIGINFO_BYTES,
          0,
          "",
          null);
    }
    return info;
  }

  private static int signal(byte[] info) {
    return info[0] & 0xff; // si_signo, little endian, at most 64
  }
}

package org.stasis.engine.signals;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import org.stasis.engine.StasisException;
import org.stasis.engine.capture.Harvest;
import org.stasis.images.proto.SaEntry;
import org.stasis.images.proto.TaskCoreEntry;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;

/**
 * The signal actions of a process, {@code struct kernel_sigaction} of rt_sigaction(2): handler,
 * flags, restorer, mask, eight bytes each.
 */
public final class SignalActions {
  private static final int SIGNALS = 64;
  private static final int SIGKILL = 9;
  private static final int SIGSTOP = 19;

  /** Images hold every signal but the two that have no action. */
  private static final int ENTRIES = SIGNALS - 2;

  private static final int SIZE = 32;
  private static final long MASK_BYTES = 8;

  private SignalActions() {}

  /**
   * Asks for all actions, inside the process.
   *
   * @param in the process's program
   * @param core takes them, in signal order
   */
  public static void harvest(Harvest in, TaskCoreEntry.Builder core) {
    long room = in.room(SIGNALS * SIZE);
    for (int signal = 1; signal <= SIGNALS; signal++) {
      if (hasAction(signal)) {
        in.call(
            SyscallNumber.RT_SIGACTION,
            Argument.of(signal),
            Argument.ZERO,
            Argument.channel(at(room, signal)),
            Argument.of(MASK_BYTES));
      }
    }
    in.then(
        answers -> {
          for (int signal = 1; signal <= SIGNALS; signal++) {
            if (hasAction(signal)) {
              core.addSigactions(read(answers.memory(), at(room, signal)));
            }
          }
        });
  }

  private static boolean hasAction(int signal) {
    return signal != SIGKILL && signal != SIGSTOP;
  }

  private static long at(long room, int signal) {
    return room + (signal - 1L) * SIZE;
  }

  private static SaEntry read(MemorySegment memory, long at) {
    return SaEntry.newBuilder()
        .setSigaction(memory.get(JAVA_LONG, at))
        .setFlags(memory.get(JAVA_LONG, at + 8))
        .setRestorer(memory.get(JAVA_LONG, at + 16))
        .setMask(memory.get(JAVA_LONG, at + 24))
        .build();
  }

  /**
   * Plans the actions. The process starts with default actions (CLONE_CLEAR_SIGHAND), so only the
   * others are set.
   *
   * @param core the process
   * @param plan takes the data
   * @param program the process's
   * @throws StasisException when the image does not hold all signals
   */
  public static void plan(TaskCoreEntry core, Plan plan, Program program) throws StasisException {
    if (core.getSigactionsCount() != ENTRIES) {
      throw new StasisException(
          program.why().task(),
          "reading signal actions",
          "found " + core.getSigactionsCount() + " in the core image, expected " + ENTRIES,
          0,
          "",
          null);
    }
    int index = 0;
    for (int signal = 1; signal <= SIGNALS; signal++) {
      if (!hasAction(signal)) {
        continue;
      }
      SaEntry action = core.getSigactions(index++);
      if (action.getSigaction() == 0 && action.getFlags() == 0 && action.getMask() == 0) {
        continue;
      }
      program.why("setting the action of signal " + signal);
      program.call(
          SyscallNumber.RT_SIGACTION,
          Argument.of(signal),
          plan.longs(
              action.getSigaction(), action.getFlags(), action.getRestorer(), action.getMask()),
          Argument.ZERO,
          Argument.of(MASK_BYTES));
    }
  }
}

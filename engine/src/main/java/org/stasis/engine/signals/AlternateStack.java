package org.stasis.engine.signals;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.stasis.engine.capture.Harvest;
import org.stasis.images.proto.ThreadCoreEntry;
import org.stasis.images.proto.ThreadSasEntry;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;

/** A thread's alternate signal stack, {@code stack_t} of sigaltstack(2): pointer, flags, size. */
public final class AlternateStack {
  private static final int SIZE = 24;
  private static final int SS_ONSTACK = 1;
  private static final int SS_DISABLE = 2;

  private AlternateStack() {}

  /**
   * Asks for it, inside the thread.
   *
   * @param in the thread's program
   * @param core takes it
   */
  public static void harvest(Harvest in, ThreadCoreEntry.Builder core) {
    long room = in.room(SIZE);
    in.call(SyscallNumber.SIGALTSTACK, Argument.ZERO, Argument.channel(room));
    in.then(
        answers ->
            core.setSas(
                ThreadSasEntry.newBuilder()
                    .setSsSp(answers.memory().get(JAVA_LONG, room))
                    .setSsFlags(answers.memory().get(JAVA_INT, room + 8) & ~SS_ONSTACK)
                    .setSsSize(answers.memory().get(JAVA_LONG, room + 16))));
  }

  /**
   * Plans it. Whether the thread is on it follows from its stack pointer alone.
   *
   * @param stack the stack
   * @param plan takes the data
   * @param program the thread's
   */
  public static void plan(ThreadSasEntry stack, Plan plan, Program program) {
    if ((stack.getSsFlags() & SS_DISABLE) != 0) {
      return;
    }
    program.why("setting the alternate signal stack");
    program.call(
        SyscallNumber.SIGALTSTACK,
        plan.longs(
            stack.getSsSp(), stack.getSsFlags() & ~SS_ONSTACK & 0xffffffffL, stack.getSsSize()),
        Argument.ZERO);
  }
}

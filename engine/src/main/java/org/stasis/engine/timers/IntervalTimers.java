package org.stasis.engine.timers;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import org.stasis.engine.capture.Harvest;
import org.stasis.images.proto.ItimerEntry;
import org.stasis.images.proto.TaskTimersEntry;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;

/**
 * The three interval timers of a process, {@code struct itimerval} of getitimer(2): interval
 * seconds and microseconds, remaining seconds and microseconds.
 */
public final class IntervalTimers {
  private static final int REAL = 0;
  private static final int VIRTUAL = 1;
  private static final int PROF = 2;
  private static final int SIZE = 32;

  private IntervalTimers() {}

  /**
   * Asks for all three, inside the process.
   *
   * @param in the process's program
   * @param timers takes them
   */
  public static void harvest(Harvest in, TaskTimersEntry.Builder timers) {
    long room = in.room(3 * SIZE);
    for (int which = REAL; which <= PROF; which++) {
      in.call(SyscallNumber.GETITIMER, Argument.of(which), Argument.channel(room + which * SIZE));
    }
    in.then(
        answers ->
            timers
                .setReal(read(answers.memory(), room))
                .setVirt(read(answers.memory(), room + VIRTUAL * SIZE))
                .setProf(read(answers.memory(), room + PROF * SIZE)));
  }

  private static ItimerEntry read(MemorySegment memory, long at) {
    return ItimerEntry.newBuilder()
        .setIsec(memory.get(JAVA_LONG, at))
        .setIusec(memory.get(JAVA_LONG, at + 8))
        .setVsec(memory.get(JAVA_LONG, at + 16))
        .setVusec(memory.get(JAVA_LONG, at + 24))
        .build();
  }

  /**
   * Plans those that are armed.
   *
   * @param timers all three
   * @param plan takes the data
   * @param program the process's
   */
  public static void plan(TaskTimersEntry timers, Plan plan, Program program) {
    arm(REAL, timers.getReal(), plan, program);
    arm(VIRTUAL, timers.getVirt(), plan, program);
    arm(PROF, timers.getProf(), plan, program);
  }

  private static void arm(int which, ItimerEntry timer, Plan plan, Program program) {
    boolean running = timer.getVsec() != 0 || timer.getVusec() != 0;
    boolean repeating = timer.getIsec() != 0 || timer.getIusec() != 0;
    if (!running && !repeating) {
      return;
    }
    // a value of zero would disarm it: it was about to expire, so the interval comes next
    long seconds = running ? timer.getVsec() : timer.getIsec();
    long micros = running ? timer.getVusec() : timer.getIusec();
    program.why("arming interval timer " + which);
    program.call(
        SyscallNumber.SETITIMER,
        Argument.of(which),
        plan.longs(timer.getIsec(), timer.getIusec(), seconds, micros),
        Argument.ZERO);
  }
}

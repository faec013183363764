package org.stasis.engine.timers;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.util.Comparator;
import java.util.List;
import org.stasis.engine.StasisException;
import org.stasis.engine.capture.Harvest;
import org.stasis.images.proto.PosixTimerEntry;
import org.stasis.images.proto.TaskTimersEntry;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;

/**
 * POSIX timers of a process. {@code /proc/PID/timers} tells id, clock and notification; the time
 * left and the overrun only the process itself is told (timer_gettime(2), timer_getoverrun(2)). Ids
 * are given out by the kernel, counting up within a process, so the wanted ones are reached by
 * making and deleting timers in between, or asked for where the kernel can
 * (PR_TIMER_CREATE_RESTORE_IDS, Linux 6.15).
 */
public final class PosixTimers {
  private static final int ITIMERSPEC = 32;
  private static final int SIGEVENT = 64;
  private static final int SIGEV_NONE = 1;
  private static final int SIGEV_THREAD_ID = 4;
  private static final int PR_TIMER_CREATE_RESTORE_IDS = 77;

  /** Beyond this the ids must be asked for: counting would take too many calls. */
  private static final int COUNTABLE = 256;

  private PosixTimers() {}

  /**
   * Asks for what {@code /proc} does not tell, inside the process.
   *
   * @param known id, clock, signal, notification, value and thread of each timer
   * @param in the process's program
   * @param timers takes them
   */
  public static void harvest(
      List<PosixTimerEntry.Builder> known, Harvest in, TaskTimersEntry.Builder timers) {
    for (PosixTimerEntry.Builder timer : known) {
      long room = in.room(ITIMERSPEC);
      in.call(SyscallNumber.TIMER_GETTIME, Argument.of(timer.getItId()), Argument.channel(room));
      Argument overrun = in.call(SyscallNumber.TIMER_GETOVERRUN, Argument.of(timer.getItId()));
      in.then(
          answers ->
              timers.addPosix(
                  timer
                      .setIsec(answers.memory().get(JAVA_LONG, room))
                      .setInsec(answers.memory().get(JAVA_LONG, room + 8))
                      .setVsec(answers.memory().get(JAVA_LONG, room + 16))
                      .setVnsec(answers.memory().get(JAVA_LONG, room + 24))
                      .setOverrun((int) Math.max(0, answers.of(overrun)))));
    }
  }

  /**
   * Plans the timers, disarmed: their ids must be had before anything of the process runs.
   *
   * @param timers in any order
   * @param plan takes the data
   * @param program the process's
   * @throws StasisException when an id comes twice
   */
  public static void planCreation(TaskTimersEntry timers, Plan plan, Program program)
      throws StasisException {
    List<PosixTimerEntry> sorted =
        timers.getPosixList().stream()
            .sorted(Comparator.comparingInt(PosixTimerEntry::getItId))
            .toList();
    if (sorted.isEmpty()) {
      return;
    }
    boolean counting = sorted.getLast().getItId() < COUNTABLE;
    if (!counting) {
      program.why("asking for timer ids", "The kernel is too old for timers with so large an id.");
      program.call(SyscallNumber.PRCTL, PR_TIMER_CREATE_RESTORE_IDS, 1, 0, 0, 0);
    }
    int next = 0;
    for (PosixTimerEntry timer : sorted) {
      program.why("making timer " + timer.getItId());
      if (timer.getItId() < next) {
        throw new StasisException(
            program.why().task(), program.why().doing(), "its id comes twice", 0, "", null);
      }
      for (; counting && next < timer.getItId(); next++) {
        create(1, plan.data(sigevent(SIGEV_NONE, 0, 0, 0)), plan.ints(0), program);
        program.call(SyscallNumber.TIMER_DELETE, next);
      }
      long event =
          plan.data(
              sigevent(
                  timer.getItSigevNotify(),
                  timer.getSiSigno(),
                  timer.getSivalPtr(),
                  timer.getNotifyThreadId()));
      Argument id = plan.ints(timer.getItId());
      create(timer.getClockId(), event, id, program);
      // of another id than wanted, it would be another timer that cannot be found
      program.call(
          Expect.equal(0),
          SyscallNumber.TIMER_GETTIME,
          Argument.of(timer.getItId()),
          Argument.channel(plan.reserve(ITIMERSPEC)));
      next = timer.getItId() + 1;
    }
    if (!counting) {
      program.call(SyscallNumber.PRCTL, PR_TIMER_CREATE_RESTORE_IDS, 0, 0, 0, 0);
    }
  }

  private static void create(int clock, long event, Argument id, Program program) {
    program.call(SyscallNumber.TIMER_CREATE, Argument.of(clock), Argument.channel(event), id);
  }

  /** {@code struct sigevent}: value, signal, notify, thread. */
  private static byte[] sigevent(int notify, int signal, long value, int thread) {
    java.nio.ByteBuffer event =
        java.nio.ByteBuffer.allocate(SIGEVENT).order(java.nio.ByteOrder.nativeOrder());
    event.putLong(value).putInt(signal).putInt(notify);
    if ((notify & SIGEV_THREAD_ID) != 0) {
      event.putInt(thread);
    }
    return event.array();
  }

  /**
   * Plans the arming; as late as can be.
   *
   * @param timers in any order
   * @param plan takes the data
   * @param program the process's
   */
  public static void planArming(TaskTimersEntry timers, Plan plan, Program program) {
    for (PosixTimerEntry timer : timers.getPosixList()) {
      boolean running = timer.getVsec() != 0 || timer.getVnsec() != 0;
      boolean repeating = timer.getIsec() != 0 || timer.getInsec() != 0;
      if (!running && !repeating) {
        continue;
      }
      long seconds = running ? timer.getVsec() : timer.getIsec();
      long nanos = running ? timer.getVnsec() : timer.getInsec();
      program.why("arming timer " + timer.getItId());
      program.call(
          SyscallNumber.TIMER_SETTIME,
          Argument.of(timer.getItId()),
          Argument.ZERO,
          plan.longs(timer.getIsec(), timer.getInsec(), seconds, nanos),
          Argument.ZERO);
    }
  }
}

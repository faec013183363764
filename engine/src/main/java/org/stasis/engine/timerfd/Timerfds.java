package org.stasis.engine.timerfd;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Descriptions;
import org.stasis.engine.files.Owner;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.Stage;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.TimerfdEntry;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.Timerfd;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Program;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;
import org.stasis.linux.proc.TimerfdState;

/**
 * Timerfds. What the image keeps is the time left; it goes on when the tree does. An absolute time
 * of the wall clock is set as one again, so that it moves when the clock is set.
 */
public final class Timerfds implements FileKind {
  private final InstantSource wallClock;

  /** Timers of this machine's wall clock. */
  public Timerfds() {
    this(InstantSource.system());
  }

  Timerfds(InstantSource wallClock) {
    this.wallClock = wallClock;
  }

  @Override
  public Set<FdTypes> types() {
    return Set.of(FdTypes.TIMERFD);
  }

  @Override
  public boolean claims(OpenFile file) {
    return file.link().equals("anon_inode:[timerfd]");
  }

  @Override
  public void capture(OpenFile file, FileCapture to) throws StasisException {
    TimerfdState state = state(file);
    if (state == null) {
      to.obstacle("the kernel does not tell its time", "");
      return;
    }
    to.entry(
        FileEntry.newBuilder()
            .setType(FdTypes.TIMERFD)
            .setId(file.id())
            .setTfd(
                TimerfdEntry.newBuilder()
                    .setId(file.id())
                    .setFlags(file.flags())
                    .setFown(file.owner())
                    .setClockid(state.clockId())
                    .setTicks(state.ticks())
                    .setSettimeFlags(state.settimeFlags())
                    .setVsec(state.valueSeconds())
                    .setVnsec(state.valueNanos())
                    .setIsec(state.intervalSeconds())
                    .setInsec(state.intervalNanos())));
  }

  private static @Nullable TimerfdState state(OpenFile file) throws StasisException {
    TimerfdState state = TimerfdState.of(file.info());
    if (state == null || !standsStill(state)) {
      return state;
    }
    try (ProcFs proc = ProcFs.open();
        ProcTask engine = proc.task((int) ProcessHandle.current().pid())) {
      Timerfd.catchUp(file.duplicate());
      return TimerfdState.of(engine.fdInfo(file.duplicate().number()));
    } catch (SyscallException e) {
      throw new StasisException(file.task().describe(), "asking " + file.describe(), "", e);
    }
  }

  /** A repeating timer that has expired and was not read. */
  private static boolean standsStill(TimerfdState state) {
    return state.valueSeconds() == 0
        && state.valueNanos() == 0
        && (state.intervalSeconds() != 0 || state.intervalNanos() != 0);
  }

  @Override
  public void plan(Collection<FileEntry> cluster, FilePlanner planner) {
    for (FileEntry entry : cluster) {
      plan(entry.getTfd(), planner);
    }
  }

  private void plan(TimerfdEntry timer, FilePlanner planner) {
    Program program = planner.program();
    program.why("making " + Descriptions.name(planner, timer.getId(), "a timerfd"));
    int flags = timer.getFlags() & Open.O_NONBLOCK;
    Argument fd = program.call(SyscallNumber.TIMERFD_CREATE, timer.getClockid(), flags);
    Descriptions.setFlags(program, fd, timer.getFlags(), flags);
    planner.opened(timer.getId(), fd);
    Owner.plan(planner, timer.getId(), timer.getFown(), timer.getFlags());
    planTime(timer, planner);
  }

  private void planTime(TimerfdEntry timer, FilePlanner planner) {
    // alarms need a capability, which is only sure to be there before credentials are restored
    Program program = planner.program(planner.task(), isAlarm(timer) ? Stage.STATE : Stage.RELEASE);
    Argument fd = planner.descriptor(planner.task(), timer.getId());
    program.why("setting " + Descriptions.name(planner, timer.getId(), "a timerfd"));
    boolean running = timer.getVsec() != 0 || timer.getVnsec() != 0;
    long seconds = running ? timer.getVsec() : timer.getIsec();
    long nanos = running ? timer.getVnsec() : timer.getInsec();
    int flags = timer.getSettimeFlags();
    boolean armed = seconds != 0 || nanos != 0;
    if (armed && (flags & Timerfd.TFD_TIMER_ABSTIME) != 0) {
      if (isWallClock(timer)) {
        Instant then = wallClock.instant().plusSeconds(seconds).plusNanos(nanos);
        seconds = then.getEpochSecond();
        nanos = then.getNano();
      } else {
        flags &= ~Timerfd.TFD_TIMER_ABSTIME; // makes no difference for clocks that only run on
      }
    }
    if (armed || flags != 0) {
      program.call(
          SyscallNumber.TIMERFD_SETTIME,
          fd,
          Argument.of(flags),
          planner.plan().longs(timer.getIsec(), timer.getInsec(), seconds, nanos),
          Argument.ZERO);
    }
    if (timer.getTicks() != 0) {
      program.call(
          SyscallNumber.IOCTL,
          fd,
          Argument.of(Timerfd.SET_TICKS),
          planner.plan().longs(timer.getTicks()));
    }
  }

  private static boolean isWallClock(TimerfdEntry timer) {
    return timer.getClockid() == Timerfd.CLOCK_REALTIME
        || timer.getClockid() == Timerfd.CLOCK_REALTIME_ALARM;
  }

  private static boolean isAlarm(TimerfdEntry timer) {
    return timer.getClockid() == Timerfd.CLOCK_REALTIME_ALARM
        || timer.getClockid() == Timerfd.CLOCK_BOOTTIME_ALARM;
  }
}

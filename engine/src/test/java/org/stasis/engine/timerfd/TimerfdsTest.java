package org.stasis.engine.timerfd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.engine.files.Owners;
import org.stasis.engine.files.TestPlanner;
import org.stasis.engine.spi.Stage;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.TimerfdEntry;
import org.stasis.linux.Open;
import org.stasis.linux.Timerfd;

@DisplayName("The plan for a timerfd")
class TimerfdsTest {
  private static final int CLOCK_MONOTONIC = 1;

  @TempDir Path directory;

  private static TimerfdEntry.Builder timer(int clock) {
    return TimerfdEntry.newBuilder()
        .setId(1)
        .setFlags(Open.O_RDWR)
        .setFown(Owners.NOBODY)
        .setClockid(clock)
        .setTicks(0)
        .setSettimeFlags(0)
        .setVsec(0)
        .setVnsec(0)
        .setIsec(0)
        .setInsec(0);
  }

  private TestPlanner plan(TimerfdEntry.Builder timer) throws Exception {
    FileEntry entry =
        FileEntry.newBuilder().setType(FdTypes.TIMERFD).setId(1).setTfd(timer).build();
    InstantSource clock = InstantSource.fixed(Instant.ofEpochSecond(1000, 900_000_000));
    return new TestPlanner(directory).file(entry, 7).plan(new Timerfds(clock));
  }

  @Test
  void makesItFirstAndSetsItWhenAllElseIsDone() throws Exception {
    TestPlanner plan = plan(timer(CLOCK_MONOTONIC).setVsec(3).setVnsec(4).setIsec(5).setInsec(6));
    assertThat(plan.operations()).containsExactly("timerfd_create(1, 0)");
    assertThat(plan.operations(TestPlanner.TASK, Stage.RELEASE))
        .singleElement()
        .asString()
        .matches("timerfd_settime\\(101, 0, &channel\\[\\d+], 0\\)");
    assertThat(plan.data(Stage.RELEASE, 0, 2, 4)).containsExactly(5L, 6L, 3L, 4L);
  }

  @Test
  void leavesOneThatIsNotArmedAlone() throws Exception {
    TestPlanner plan = plan(timer(CLOCK_MONOTONIC).setTicks(7));
    assertThat(plan.operations(TestPlanner.TASK, Stage.RELEASE))
        .singleElement()
        .asString()
        .matches("ioctl\\(101, 0x40085400, &channel\\[\\d+]\\)");
  }

  @Test
  void setsTheTicksAfterTheTimeWhichClearsThem() throws Exception {
    TestPlanner plan = plan(timer(CLOCK_MONOTONIC).setTicks(7).setIsec(2));
    assertThat(plan.operations(TestPlanner.TASK, Stage.RELEASE))
        .satisfiesExactly(
            time -> assertThat(time).startsWith("timerfd_settime("),
            ticks -> assertThat(ticks).startsWith("ioctl("));
    assertThat(plan.data(Stage.RELEASE, 0, 2, 4)).containsExactly(2L, 0L, 2L, 0L);
  }

  @Test
  void keepsAnAbsoluteTimeOfTheWallClockAbsolute() throws Exception {
    int flags = Timerfd.TFD_TIMER_ABSTIME | Timerfd.TFD_TIMER_CANCEL_ON_SET;
    TestPlanner plan =
        plan(timer(Timerfd.CLOCK_REALTIME).setSettimeFlags(flags).setVsec(3).setVnsec(200_000_000));
    assertThat(plan.operations(TestPlanner.TASK, Stage.RELEASE))
        .singleElement()
        .asString()
        .startsWith("timerfd_settime(101, 3, ");
    assertThat(plan.data(Stage.RELEASE, 0, 2, 4)).containsExactly(0L, 0L, 1004L, 100_000_000L);
  }

  @Test
  void setsAnAlarmWhileItHasTheRight() throws Exception {
    TestPlanner plan = plan(timer(Timerfd.CLOCK_BOOTTIME_ALARM).setVsec(9));
    assertThat(plan.operations(TestPlanner.TASK, Stage.STATE)).hasSize(1);
    assertThat(plan.operations(TestPlanner.TASK, Stage.RELEASE)).isEmpty();
  }
}

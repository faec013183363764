package org.stasis.engine.eventfd;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.engine.files.Owners;
import org.stasis.engine.files.TestPlanner;
import org.stasis.engine.spi.Stage;
import org.stasis.images.proto.EventfdFileEntry;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.FownEntry;
import org.stasis.linux.EventCounter;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

@DisplayName("An eventfd")
class EventfdTest {
  @TempDir Path directory;

  private static FileEntry eventfd(long counter, int flags, FownEntry owner) {
    return FileEntry.newBuilder()
        .setType(FdTypes.EVENTFD)
        .setId(1)
        .setEfd(
            EventfdFileEntry.newBuilder()
                .setId(1)
                .setFlags(flags)
                .setFown(owner)
                .setCounter(counter))
        .build();
  }

  private TestPlanner plan(long counter, int flags, FownEntry owner) throws Exception {
    return new TestPlanner(directory).file(eventfd(counter, flags, owner), 7).plan(new Eventfd());
  }

  @Test
  void isMadeWithItsCounter() throws Exception {
    TestPlanner plan = plan(5, Open.O_RDWR, Owners.NOBODY);
    assertThat(plan.operations()).containsExactly("eventfd2(5, 0)");
    assertThat(plan.opened()).containsOnlyKeys(1);
    assertThat(plan.reasons()).containsExactly("making fd 7, an eventfd");
  }

  @Test
  void staysASemaphore() throws Exception {
    int flags = Open.O_RDWR | Open.O_NONBLOCK | EventCounter.EFD_SEMAPHORE;
    assertThat(plan(2, flags, Owners.NOBODY).operations())
        .containsExactly("eventfd2(2, " + (EventCounter.EFD_SEMAPHORE | Open.O_NONBLOCK) + ")");
  }

  @Test
  void getsACounterBeyond32BitsByWriting() throws Exception {
    assertThat(plan(-2, Open.O_RDWR, Owners.NOBODY).operations())
        .satisfiesExactly(
            first -> assertThat(first).isEqualTo("eventfd2(0, 0)"),
            second -> assertThat(second).matches("write\\(r0, &channel\\[\\d+], 8\\)"));
  }

  @Test
  void signalsItsOwnerAsBefore() throws Exception {
    FownEntry owner =
        FownEntry.newBuilder()
            .setUid(1000)
            .setEuid(1000)
            .setSignum(34)
            .setPidType(1)
            .setPid(TestPlanner.TASK)
            .build();
    TestPlanner plan = plan(0, Open.O_RDWR | Open.O_ASYNC | Open.O_NONBLOCK, owner);
    assertThat(plan.operations()).containsExactly("eventfd2(0, 2048)");
    assertThat(plan.operations(TestPlanner.TASK, Stage.FILES_CONNECT))
        .satisfiesExactly(
            become -> assertThat(become).isEqualTo("setresuid(1000, 1000, -1)"),
            own -> assertThat(own).matches("fcntl\\(101, 15, &channel\\[\\d+]\\)"),
            back -> assertThat(back).isEqualTo("setresuid(0, 0, -1)"),
            signal -> assertThat(signal).isEqualTo("fcntl(101, 10, 34)"));
    assertThat(plan.operations(TestPlanner.TASK, Stage.STATE))
        .containsExactly("fcntl(7, 4, " + (Open.O_ASYNC | Open.O_NONBLOCK) + ")");
  }

  @Test
  void canBeProbedForBeingASemaphore() throws Exception {
    for (int flags : new int[] {0, EventCounter.EFD_SEMAPHORE}) {
      for (long counter : new long[] {0, 1, 2, 3, 1000, -2}) {
        try (Fd fd = EventCounter.create(0, flags | EventCounter.EFD_NONBLOCK)) {
          if (counter != 0) {
            SemaphoreProbe.add(fd, counter);
          }
          assertThat(SemaphoreProbe.isSemaphore(fd, counter)).isEqualTo(flags != 0);
          assertThat(counter(fd)).isEqualTo(counter);
        }
      }
    }
  }

  private static long counter(Fd fd) throws IOException {
    try (ProcFs proc = ProcFs.open();
        ProcTask self = proc.task((int) ProcessHandle.current().pid())) {
      return requireNonNull(self.fdInfo(fd.number()).eventfdCount());
    }
  }
}

package org.stasis.engine.locks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.OwnFile;
import org.stasis.engine.files.TestCapture;
import org.stasis.engine.files.TestPlanner;
import org.stasis.engine.locks.FileLocks.Descriptor;
import org.stasis.engine.spi.Stage;
import org.stasis.images.ImageKind;
import org.stasis.images.proto.FileLockEntry;
import org.stasis.linux.Device;
import org.stasis.linux.proc.FileLock;

@DisplayName("A file lock")
class FileLocksTest {
  @TempDir Path directory;

  private final FileLocks locks = new FileLocks();

  private static Descriptor descriptor(int number) {
    return new Descriptor(OwnFile.self(), number, 3, "fd " + number + " /data");
  }

  private static FileLock lock(String kind, String mode, String type, long start, long end) {
    return new FileLock(1, false, kind, mode, type, 10, Device.NONE, 4711, start, end);
  }

  private TestCapture capture(boolean option) {
    TestCapture capture = new TestCapture(directory, locks);
    capture.optionsBuilder().fileLocks(option);
    return capture;
  }

  private static FileLockEntry entry(int flag, int type, long start, long length) {
    return FileLockEntry.newBuilder()
        .setFlag(flag)
        .setType(type)
        .setPid(TestPlanner.TASK)
        .setFd(7)
        .setStart(start)
        .setLen(length)
        .build();
  }

  private TestPlanner plan(boolean option, FileLockEntry... entries) throws StasisException {
    TestPlanner plan =
        new TestPlanner(directory)
            .images(images -> images.writeAll(ImageKind.FILE_LOCKS, List.of(entries)));
    plan.optionsBuilder().fileLocks(option);
    locks.planInPlace(plan);
    return plan;
  }

  @Test
  void isAnObstacleThatNamesTheOption() {
    TestCapture capture = capture(false);
    locks.capture(
        descriptor(7),
        List.of(lock("FLOCK", "ADVISORY", "WRITE", 0, FileLock.TO_THE_END)),
        capture);
    assertThat(capture.obstacles()).singleElement().asString().contains("--file-locks");
    assertThat(capture.entries(ImageKind.FILE_LOCKS)).isEmpty();
  }

  @Test
  void isKeptWithItsRange() {
    TestCapture capture = capture(true);
    locks.capture(
        descriptor(7),
        List.of(
            lock("POSIX", "ADVISORY", "WRITE", 10, 14),
            lock("OFDLCK", "ADVISORY", "READ", 3, FileLock.TO_THE_END)),
        capture);
    assertThat(capture.obstacles()).isEmpty();
    int self = OwnFile.self().nsPid();
    assertThat(capture.entries(ImageKind.FILE_LOCKS))
        .containsExactly(
            entry(1, 1, 10, 5).toBuilder().setPid(self).build(),
            entry(4, 0, 3, 0).toBuilder().setPid(self).build());
  }

  @Test
  void isKeptOnceThoughSeveralDescriptorsShowIt() {
    TestCapture capture = capture(true);
    List<FileLock> shown = List.of(lock("FLOCK", "ADVISORY", "READ", 0, FileLock.TO_THE_END));
    locks.capture(descriptor(7), shown, capture);
    locks.capture(descriptor(8), shown, capture);
    assertThat(capture.entries(ImageKind.FILE_LOCKS)).hasSize(1);
  }

  @Test
  void isRefusedWhenItIsALeaseBeingBroken() {
    TestCapture capture = capture(true);
    locks.capture(
        descriptor(7),
        List.of(lock("LEASE", "BREAKING", "UNLCK", 0, FileLock.TO_THE_END)),
        capture);
    assertThat(capture.obstacles()).singleElement().asString().contains("being broken");
  }

  @Test
  void isTakenWhenNothingUndoesItAnyMore() throws StasisException {
    TestPlanner plan =
        plan(true, entry(1, 1, 10, 5), entry(2, 0, 0, 0), entry(4, 1, 3, 0), entry(8, 0, 0, 0));
    assertThat(plan.operations(TestPlanner.TASK, Stage.IN_PLACE))
        .satisfiesExactly(
            flock -> assertThat(flock).isEqualTo("flock(7, 5)"),
            ofd -> assertThat(ofd).startsWith("fcntl(7, 37, "));
    assertThat(plan.operations(TestPlanner.TASK, Stage.FILTERS))
        .containsExactly("fcntl(7, 1024, 0)");
    assertThat(plan.operations(TestPlanner.TASK, Stage.LOCKS))
        .singleElement()
        .asString()
        .startsWith("fcntl(7, 6, ");
    assertThat(plan.data(Stage.LOCKS, 0, 2, 3)).containsExactly(1L, 10L, 5L);
  }

  @Test
  void isLeftOutWithoutTheOption() throws StasisException {
    assertThat(plan(false, entry(1, 1, 10, 5)).operations(TestPlanner.TASK, Stage.LOCKS)).isEmpty();
  }

  @Test
  void ofATaskThatIsNotThereIsDamage() {
    FileLockEntry lock = entry(2, 0, 0, 0).toBuilder().setPid(99).build();
    assertThatThrownBy(() -> plan(true, lock))
        .isInstanceOf(StasisException.class)
        .hasMessageContaining("not among them");
  }
}

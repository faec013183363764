package org.stasis.engine.fsnotify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Owners;
import org.stasis.engine.files.TestPlanner;
import org.stasis.engine.spi.Stage;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FhEntry;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.InotifyFileEntry;
import org.stasis.images.proto.InotifyWdEntry;
import org.stasis.linux.Open;

@DisplayName("An inotify descriptor")
class InotifiesTest {
  private static final int FD = TestPlanner.TEMPORARY + 1;

  @TempDir Path directory;

  private static InotifyWdEntry watch(int number, int mask, FhEntry.Builder handle) {
    return InotifyWdEntry.newBuilder()
        .setId(0)
        .setIIno(4711)
        .setMask(mask)
        .setIgnoredMask(0)
        .setSDev(8)
        .setWd(number)
        .setFHandle(handle.setBytes(0).setType(0))
        .build();
  }

  private TestPlanner plan(int flags, InotifyWdEntry... watches) throws Exception {
    FileEntry entry =
        FileEntry.newBuilder()
            .setType(FdTypes.INOTIFY)
            .setId(1)
            .setIfy(
                InotifyFileEntry.newBuilder()
                    .setId(1)
                    .setFlags(flags)
                    .setFown(Owners.NOBODY)
                    .addAllWd(List.of(watches)))
            .build();
    return new TestPlanner(directory).file(entry, 7).plan(new Inotifies());
  }

  @Test
  void watchesUnderTheNumbersItHadInTheirOrder() throws Exception {
    TestPlanner plan =
        plan(
            Open.O_NONBLOCK,
            watch(9, 0x2, FhEntry.newBuilder().setPath("/b")),
            watch(3, 0x100, FhEntry.newBuilder().setPath("/a")));
    assertThat(plan.operations()).containsExactly("inotify_init1(2048)");
    assertThat(plan.operations(TestPlanner.TASK, Stage.FILES_CONNECT))
        .satisfiesExactly(
            first -> assertThat(first).matches("ioctl\\(" + FD + ", 0x\\p{XDigit}+, 3\\)"),
            watch -> assertThat(watch).startsWith("inotify_add_watch(" + FD + ", "),
            second -> assertThat(second).matches("ioctl\\(" + FD + ", 0x\\p{XDigit}+, 9\\)"),
            watch -> assertThat(watch).startsWith("inotify_add_watch(" + FD + ", "));
  }

  @Test
  void losesTheEventsOfTheRestoreAndIsBlockingAgain() throws Exception {
    assertThat(plan(0).operations(TestPlanner.TASK, Stage.FILTERS))
        .satisfiesExactly(
            read -> assertThat(read).startsWith("read(" + FD + ", "),
            flags -> assertThat(flags).isEqualTo("fcntl(" + FD + ", 4, 0)"));
  }

  @Test
  void needsAPathToWhatItWatches() {
    assertThatThrownBy(() -> plan(0, watch(1, 0x2, FhEntry.newBuilder())))
        .isInstanceOf(StasisException.class)
        .hasMessageContaining("no path to inode 4711");
  }
}

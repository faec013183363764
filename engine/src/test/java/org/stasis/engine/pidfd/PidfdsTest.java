package org.stasis.engine.pidfd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.engine.files.Owners;
import org.stasis.engine.files.TestPlanner;
import org.stasis.engine.spi.Stage;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.PidfdEntry;
import org.stasis.linux.PidFd;

@DisplayName("A pidfd")
class PidfdsTest {
  @TempDir Path directory;

  private static FileEntry pidfd(int id, int inode, int pid, int flags) {
    return FileEntry.newBuilder()
        .setType(FdTypes.PIDFD)
        .setId(id)
        .setPidfd(
            PidfdEntry.newBuilder()
                .setId(id)
                .setIno(inode)
                .setFlags(flags)
                .setNspid(pid)
                .setFown(Owners.NOBODY))
        .build();
  }

  @Test
  void isOpenedOnceItsProcessExists() throws Exception {
    TestPlanner plan =
        new TestPlanner(directory)
            .file(pidfd(1, 50, TestPlanner.TASK, PidFd.PIDFD_NONBLOCK), 7)
            .plan(new Pidfds());
    assertThat(plan.operations()).isEmpty();
    assertThat(plan.operations(TestPlanner.TASK, Stage.FILES_CONNECT))
        .first()
        .isEqualTo("pidfd_open(" + TestPlanner.TASK + ", " + PidFd.PIDFD_NONBLOCK + ")");
  }

  @Test
  void ofAThreadIsOpenedOnceThreadsExist() throws Exception {
    TestPlanner plan =
        new TestPlanner(directory).file(pidfd(1, 50, 12, PidFd.PIDFD_THREAD), 7).plan(new Pidfds());
    assertThat(plan.operations(TestPlanner.TASK, Stage.FILES_CONNECT))
        .first()
        .isEqualTo("pidfd_open(" + TestPlanner.TASK + ", 0)");
    assertThat(plan.operations(TestPlanner.TASK, Stage.RELEASE))
        .first()
        .isEqualTo("pidfd_open(12, " + PidFd.PIDFD_THREAD + ")");
  }

  @Test
  void sharesTheProcessThatEndedWithOthersOfIt() {
    Pidfds kind = new Pidfds();
    FileEntry ended = pidfd(1, 50, -1, 0);
    assertThat(kind.clusters(ended)).isEqualTo(kind.clusters(pidfd(2, 50, -1, 0)));
    assertThat(kind.clusters(ended)).isNotEqualTo(kind.clusters(pidfd(3, 51, -1, 0)));
    assertThat(kind.clusters(pidfd(4, 50, 10, 0))).isEmpty();
  }
}

package org.stasis.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Names in a directory")
class NamesTest {
  @TempDir Path directory;

  @Test
  void areMadeMovedAndRemoved() throws IOException {
    try (Fd dir = Fd.openDirectory(directory.toString())) {
      Names.makeDirectory(dir, "sub", 0700);
      Names.makeNode(dir, "sub/pipe", Stat.S_IFIFO | 0600, Device.NONE);
      Names.symlink("sub/pipe", dir, "link");
      assertThat(Names.readLink(dir, "link")).isEqualTo("sub/pipe");
      assertThat(Stat.of(dir, "link").type()).isEqualTo(Stat.S_IFIFO);
      assertThat(Stat.ofLink(dir, "link").type()).isEqualTo(Stat.S_IFLNK);
      Names.changeOwner(dir, "sub/pipe", 12, 34, 0);
      Names.changeMode(dir, "sub/pipe", 0642);
      Stat stat = Stat.of(dir, "sub/pipe");
      assertThat(stat.uid()).isEqualTo(12);
      assertThat(stat.gid()).isEqualTo(34);
      assertThat(stat.mode()).isEqualTo(Stat.S_IFIFO | 0642);
      Names.rename(dir, "sub/pipe", dir, "pipe", 0);
      assertThatThrownBy(() -> Names.rename(dir, "pipe", dir, "link", 1))
          .matches(e -> ((SyscallException) e).is(Errno.EEXIST));
      Names.unlink(dir, "sub", Open.AT_REMOVEDIR);
      assertThat(Files.exists(directory.resolve("sub"))).isFalse();
    }
  }

  @Test
  void comeBackToAFileThatHasNone() throws IOException {
    try (Fd dir = Fd.openDirectory(directory.toString());
        Fd file = dir.openAt(".", Open.O_TMPFILE | Open.O_RDWR | Open.O_CLOEXEC, 0600)) {
      assertThat(file.stat().links()).isZero();
      Names.link(file, "", dir, "named", Open.AT_EMPTY_PATH);
      assertThat(file.stat().links()).isEqualTo(1);
      assertThat(Stat.of(dir, "named").inode()).isEqualTo(file.stat().inode());
    }
  }

  @Test
  void standForDevices() throws IOException {
    Stat stat = Stat.of(null, "/dev/null");
    assertThat(stat.type()).isEqualTo(Stat.S_IFCHR);
    assertThat(stat.represents()).isEqualTo(new Device(1, 3));
    Object expected = Files.getAttribute(Path.of("/dev/null"), "unix:rdev");
    assertThat(stat.represents().userEncoding()).isEqualTo(expected);
    assertThat(stat.device().userEncoding())
        .isEqualTo(Files.getAttribute(Path.of("/dev/null"), "unix:dev"));
    Device wide = new Device(0xabcde, 0x12345);
    assertThat(Device.ofUserEncoding(wide.userEncoding())).isEqualTo(wide);
    Device kernel = new Device(0xabc, 0x12345);
    assertThat(Device.ofKernelEncoding(Integer.toUnsignedLong(kernel.kernelEncoding())))
        .isEqualTo(kernel);
  }

  @Test
  void tellTimesAndSizes() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "four");
    Stat stat = Stat.of(null, file.toString());
    assertThat(stat.size()).isEqualTo(4);
    assertThat(stat.uid()).isEqualTo((Integer) Files.getAttribute(file, "unix:uid"));
    assertThat(Instant.ofEpochSecond(stat.modified().seconds(), stat.modified().nanos()))
        .isEqualTo(Files.getLastModifiedTime(file).toInstant());
    assertThat(stat.mountRoot()).isFalse();
    assertThat(Stat.of(null, "/proc").mountRoot()).isTrue();
    assertThat(Files.readString(Path.of("/proc/self/mountinfo")))
        .contains("\n" + stat.mountId() + " ");
  }
}

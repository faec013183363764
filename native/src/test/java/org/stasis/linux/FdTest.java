package org.stasis.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A descriptor")
class FdTest {
  private static final int RW = Open.O_RDWR | Open.O_CREAT | Open.O_CLOEXEC;

  @TempDir Path directory;

  @Test
  void readsAndWritesAtOffsets() throws IOException {
    try (Fd dir = Fd.openDirectory(directory.toString());
        Fd file = dir.openAt("file", RW, 0600);
        Arena arena = Arena.ofConfined()) {
      file.writeFully("hello world".getBytes(US_ASCII));
      MemorySegment memory = arena.allocate(5);
      assertThat(file.pread(memory, 6)).isEqualTo(5);
      assertThat(memory.toArray(JAVA_BYTE)).asString().isEqualTo("world");
      memory.copyFrom(MemorySegment.ofArray("WORLD".getBytes(US_ASCII)));
      file.pwriteFully(memory, 6);
      byte[] all = new byte[20];
      assertThat(file.pread(all, 1, 19, 0)).isEqualTo(11);
      assertThat(new String(all, 1, 11, US_ASCII)).isEqualTo("hello WORLD");
      assertThat(file.seek(0, 1)).isEqualTo(11);
      file.truncate(3);
      assertThat(Files.readString(directory.resolve("file"))).isEqualTo("hel");
      assertThat(file.pread(memory, 3)).isZero();
    }
  }

  @Test
  void gathersAndScattersInOneCall() throws IOException {
    try (Fd file = Memfd.create("vector", Memfd.MFD_CLOEXEC);
        Arena arena = Arena.ofConfined()) {
      IoVector vector = new IoVector(3);
      vector.add(arena.allocateFrom("one").asSlice(0, 3));
      vector.add(arena.allocateFrom("two").asSlice(0, 3));
      assertThat(file.pwritev(vector, 2)).isEqualTo(6);
      vector.clear();
      MemorySegment into = arena.allocate(8);
      vector.add(into.asSlice(4, 4));
      vector.add(into.asSlice(0, 4));
      assertThat(file.preadv(vector, 0)).isEqualTo(8);
      assertThat(into.toArray(JAVA_BYTE)).asString().isEqualTo("etwo\0\0on");
    }
  }

  @Test
  void isClosedOnceAndByWhomeverHoldsIt() throws IOException {
    Fd first = EventCounter.create(1, EventCounter.EFD_CLOEXEC);
    int number = first.release();
    first.close();
    assertThat(Files.exists(Path.of("/proc/self/fd/" + number))).isTrue();
    assertThatThrownBy(first::number).isInstanceOf(IllegalStateException.class);
    Fd second = Fd.of(number);
    second.close();
    second.close();
    assertThat(second).hasToString("fd (closed)");
  }

  @Test
  void saysWhatFailed() {
    assertThatThrownBy(() -> Fd.open("/nowhere/at all", Open.O_RDONLY))
        .isInstanceOf(SyscallException.class)
        .hasMessage("openat /nowhere/at all: ENOENT")
        .matches(e -> ((SyscallException) e).is(Errno.ENOENT));
    assertThatThrownBy(() -> Fd.of(-1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void staysBelowADirectoryWhenToldTo() throws IOException {
    Files.createSymbolicLink(directory.resolve("out"), Path.of("/etc/passwd"));
    try (Fd dir = Fd.openDirectory(directory.toString())) {
      assertThatThrownBy(() -> dir.openAt2("out", Open.O_RDONLY, 0, Open.RESOLVE_BENEATH))
          .matches(e -> ((SyscallException) e).is(Errno.EXDEV));
      try (Fd made = dir.openAt2("in", RW, 0640, Open.RESOLVE_BENEATH)) {
        assertThat(made.stat().mode()).isEqualTo(Stat.S_IFREG | 0640);
      }
    }
  }

  @Test
  void tellsItsFlagsOwnerAndSignal() throws IOException {
    try (Pipe pipe = Pipe.open(Open.O_CLOEXEC | Open.O_NONBLOCK)) {
      Fd end = pipe.writeEnd();
      assertThat(Fcntl.getStatusFlags(end)).isEqualTo(Open.O_WRONLY | Open.O_NONBLOCK);
      Fcntl.setStatusFlags(end, 0);
      assertThat(Fcntl.getStatusFlags(end)).isEqualTo(Open.O_WRONLY);
      assertThat(Fcntl.getDescriptorFlags(end)).isEqualTo(Fcntl.FD_CLOEXEC);
      Fcntl.setDescriptorFlags(end, 0);
      assertThat(Fcntl.getDescriptorFlags(end)).isZero();
      assertThat(Fcntl.getPipeSize(end)).isEqualTo(65536);
      assertThat(Fcntl.setPipeSize(end, 5000)).isEqualTo(8192);
      assertThat(Fcntl.getOwner(end)).isNull();
      Fcntl.Owner owner = new Fcntl.Owner(Fcntl.F_OWNER_TID, Processes.selfThread());
      Fcntl.setOwner(end, owner);
      assertThat(Fcntl.getOwner(end)).isEqualTo(owner);
      assertThat(Fcntl.getOwnerUids(end)).isEqualTo(new Fcntl.OwnerUids(0, 0));
      Fcntl.setSignal(end, Signal.SIGUSR2);
      assertThat(Fcntl.getSignal(end)).isEqualTo(Signal.SIGUSR2);
      assertThatThrownBy(() -> Fcntl.getSeals(end))
          .matches(e -> ((SyscallException) e).is(Errno.EINVAL));
    }
  }

  @Test
  void isSealedWhenAMemfd() throws IOException {
    try (Fd file = Memfd.create("sealed", Memfd.MFD_CLOEXEC | Memfd.MFD_ALLOW_SEALING)) {
      Fcntl.addSeals(file, Memfd.F_SEAL_GROW);
      assertThat(Fcntl.getSeals(file)).isEqualTo(Memfd.F_SEAL_GROW);
      assertThatThrownBy(() -> file.truncate(1))
          .matches(e -> ((SyscallException) e).is(Errno.EPERM));
      assertThat(Names.readLink(null, "/proc/self/fd/" + file.number()))
          .isEqualTo("/memfd:sealed (deleted)");
    }
  }

  @Test
  void duplicatesShareThePosition() throws IOException {
    try (Fd file = Memfd.create("shared", Memfd.MFD_CLOEXEC);
        Fd other = file.duplicateFrom(200)) {
      file.writeFully(new byte[7]);
      assertThat(other.number()).isGreaterThanOrEqualTo(200);
      assertThat(other.seek(0, 1)).isEqualTo(7);
      int self = Processes.self();
      assertThat(Kcmp.compareFiles(self, file.number(), self, other.number())).isZero();
    }
  }

  @Test
  void answersItsDriver() throws IOException {
    try (Pipe pipe = Pipe.open(Open.O_CLOEXEC)) {
      pipe.writeEnd().writeFully(new byte[123]);
      long fionread = 0x541b;
      assertThat(pipe.readEnd().ioctlInt(fionread, "FIONREAD")).isEqualTo(123);
      assertThatThrownBy(() -> pipe.readEnd().ioctlInt(0x5401, "TCGETS"))
          .hasMessage("TCGETS: ENOTTY");
    }
  }
}

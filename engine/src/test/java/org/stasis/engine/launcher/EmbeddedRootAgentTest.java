package org.stasis.engine.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stasis.engine.CancelledException;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Memfd;
import org.stasis.linux.Signal;
import org.stasis.linux.SyscallException;

@DisplayName("A root agent started by a Java program")
class EmbeddedRootAgentTest {
  private static final long ADDRESS = 0x3000_0000L;
  private static final long LENGTH = 8192;

  private static ProcessBuilder launcher() {
    return new ProcessBuilder(NativeBuild.launcher().toString());
  }

  private static String maps(EmbeddedRootAgent root) throws IOException {
    return Files.readString(Path.of("/proc/" + root.pid() + "/maps"));
  }

  @Test
  void isAChildOfThisProcess() throws IOException {
    try (EmbeddedRootAgent root = EmbeddedRootAgent.start(launcher())) {
      assertThat(ProcessHandle.of(root.pid()).orElseThrow().parent())
          .contains(ProcessHandle.current());
      assertThat(root.launcher().uid())
          .isEqualTo(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    }
  }

  @Test
  void endsWhenItIsClosed() throws IOException {
    EmbeddedRootAgent root = EmbeddedRootAgent.start(launcher());
    ProcessHandle process = ProcessHandle.of(root.pid()).orElseThrow();
    root.close();
    assertThat(process.onExit().join().isAlive()).isFalse();
  }

  @Test
  void mapsSharedMemory() throws IOException {
    try (EmbeddedRootAgent root = EmbeddedRootAgent.start(launcher());
        Fd memory = Memfd.create("shared", Memfd.MFD_CLOEXEC)) {
      memory.truncate(LENGTH);
      root.map(memory, ADDRESS, LENGTH, 3);
      assertThat(maps(root)).containsPattern("30000000-30002000 rw-s 0+ .*memfd:shared");
      root.unmap(ADDRESS, LENGTH);
      assertThat(maps(root)).doesNotContain("memfd:shared");
      root.mapStack(ADDRESS, LENGTH);
      assertThat(maps(root)).contains("30000000-30002000 rw-p ");
    }
  }

  @Test
  void saysWhyItCannotMap() throws IOException {
    try (EmbeddedRootAgent root = EmbeddedRootAgent.start(launcher())) {
      root.mapStack(ADDRESS, LENGTH);
      assertThatThrownBy(() -> root.mapStack(ADDRESS, LENGTH))
          .isInstanceOfSatisfying(
              SyscallException.class, e -> assertThat(e.is(Errno.EEXIST)).isTrue())
          .hasMessageContaining("mapping a stack");
      root.unmap(ADDRESS, LENGTH); // it still takes orders
    }
  }

  @Test
  void givesOutItsDescriptors(@TempDir Path folder) throws IOException {
    Path output = folder.resolve("output");
    ProcessBuilder builder = launcher().redirectOutput(output.toFile());
    try (EmbeddedRootAgent root = EmbeddedRootAgent.start(builder);
        Fd stdout = root.descriptor(1)) {
      stdout.writeFully("through it".getBytes(StandardCharsets.UTF_8));
      assertThatThrownBy(() -> root.descriptor(77))
          .isInstanceOfSatisfying(
              SyscallException.class, e -> assertThat(e.is(Errno.EBADF)).isTrue());
    }
    assertThat(output).hasContent("through it");
  }

  @Test
  void tellsThatItWasKilled() throws IOException {
    try (EmbeddedRootAgent root = EmbeddedRootAgent.start(launcher())) {
      assertThat(root.launcher().cancellation().requested()).isFalse();
      root.launcher().process().sendSignal(Signal.SIGKILL);
      assertThat(root.launcher().process().awaitEnd(10_000)).isTrue();
      assertThat(root.launcher().cancellation().requested()).isTrue();
      assertThatThrownBy(() -> root.launcher().cancellation().check())
          .isInstanceOf(CancelledException.class);
      assertThatThrownBy(() -> root.mapStack(ADDRESS, LENGTH))
          .isInstanceOfSatisfying(
              SyscallException.class, e -> assertThat(e.is(Errno.ESRCH)).isTrue());
    }
  }

  @Test
  void becomesAnotherProgram(@TempDir Path folder) throws IOException {
    Path output = folder.resolve("output");
    try (EmbeddedRootAgent root = EmbeddedRootAgent.start(launcher());
        Fd file = Fd.open(output.toString(), 0101, 0600)) {
      assertThatThrownBy(() -> root.launcher().exec(List.of("/nowhere"), null))
          .isInstanceOfSatisfying(
              SyscallException.class, e -> assertThat(e.is(Errno.ENOENT)).isTrue());
      root.launcher().exec(List.of("/bin/sh", "-c", "echo $$ $1 >&2", "-", "word"), file);
      assertThat(root.launcher().process().awaitEnd(10_000)).isTrue();
      assertThat(output).hasContent(root.pid() + " word\n");
    }
  }

  @Test
  void failsToStartWithTheLaunchersStatus(@TempDir Path folder) {
    assertThatThrownBy(() -> EmbeddedRootAgent.start(Path.of("/bin/false")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("exited with status 1");
    assertThatThrownBy(() -> EmbeddedRootAgent.start(folder.resolve("missing")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("missing");
  }

  @ParameterizedTest(name = "number {0}")
  @ValueSource(ints = {3, 4, 5, 100, 1023})
  void keepsADescriptorUnderWhateverNumber(int number) throws IOException {
    try (EmbeddedRootAgent root = EmbeddedRootAgent.start(launcher());
        Fd memory = Memfd.create("kept", Memfd.MFD_CLOEXEC)) {
      root.keep(memory, number);
      assertThat(Files.readSymbolicLink(Path.of("/proc/" + root.pid() + "/fd/" + number)))
          .hasToString("/memfd:kept (deleted)");
      root.mapStack(ADDRESS, LENGTH); // it still takes orders
    }
  }

  @Test
  void takesNoOrderButToExitWhileItRunsAProgram() throws IOException {
    try (EmbeddedRootAgent root = EmbeddedRootAgent.start(launcher());
        Fd code = Memfd.create("code", Memfd.MFD_CLOEXEC)) {
      code.truncate(LENGTH);
      code.writeFully(new byte[] {(byte) 0xf3, (byte) 0x90, (byte) 0xeb, (byte) 0xfc}); // for (;;)
      root.map(code, ADDRESS, LENGTH, 5);
      root.startProgram(ADDRESS, ADDRESS, 0, ADDRESS);
      assertThatThrownBy(() -> root.unmap(ADDRESS, LENGTH))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("running a program");
      root.launcher().exit(3);
      assertThat(root.launcher().cancellation().requested()).isFalse();
    } // kills it
  }
}

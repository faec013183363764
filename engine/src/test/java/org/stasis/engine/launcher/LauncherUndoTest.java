package org.stasis.engine.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.engine.UndoStep;
import org.stasis.linux.Fd;
import org.stasis.linux.Mapping;
import org.stasis.linux.Memfd;
import org.stasis.linux.Open;
import org.stasis.linux.PidFd;
import org.stasis.linux.Signal;
import org.stasis.linux.SyscallException;

@DisplayName("A launcher whose engine is gone")
class LauncherUndoTest {
  private static final long ADDRESS = 0x3000_0000L;
  private static final long LENGTH = 8192;

  @TempDir private Path folder;
  private Path said;
  private EmbeddedRootAgent root;
  private PidFd process;

  @BeforeEach
  void start() throws IOException {
    said = folder.resolve("said");
    root =
        EmbeddedRootAgent.start(
            new ProcessBuilder(NativeBuild.launcher().toString()).redirectError(said.toFile()));
    process = PidFd.open(root.pid(), 0);
  }

  @AfterEach
  void end() throws IOException {
    try (PidFd launcher = process) {
      if (!launcher.awaitEnd(0)) {
        launcher.sendSignal(Signal.SIGKILL);
        launcher.awaitEnd(10_000);
      }
    }
  }

  private void undoLater(int number, UndoStep.Kind kind, String... names) throws SyscallException {
    try (UndoStep step =
        new UndoStep(
            kind,
            Fd.open(folder.toString(), Open.O_PATH | Open.O_DIRECTORY | Open.O_CLOEXEC),
            names[0],
            names.length > 1 ? names[1] : "")) {
      root.undoLater(number, step);
    }
  }

  /** As when this process is killed. */
  private void leave() throws IOException {
    root.launcher().close();
  }

  private void leaveAndAwaitEnd() throws IOException {
    leave();
    assertThat(process.awaitEnd(10_000)).isTrue();
  }

  @Test
  void saysSo() throws IOException {
    leaveAndAwaitEnd();
    assertThat(said).hasContent("stasis: the engine ended without an answer");
  }

  @Test
  void undoesTheNewestFirst() throws IOException {
    undoLater(1, UndoStep.Kind.RMDIR, "made");
    undoLater(2, UndoStep.Kind.RMDIR, "made/below");
    undoLater(3, UndoStep.Kind.UNLINK, "made/below/f\u00efle");
    undoLater(4, UndoStep.Kind.RENAME, "borrowed.aside", "borrowed");
    Files.createDirectories(folder.resolve("made/below"));
    Files.writeString(folder.resolve("made/below/f\u00efle"), "x");
    Files.writeString(folder.resolve("borrowed"), "ours");
    Files.writeString(folder.resolve("borrowed.aside"), "theirs");
    leaveAndAwaitEnd();
    assertThat(folder.resolve("made")).doesNotExist();
    assertThat(said)
        .hasContent(
            """
            stasis: the engine has ended; what it had changed outside of the tree is undone
            stasis: the engine ended without an answer
            """);
    assertThat(folder.resolve("borrowed")).hasContent("theirs");
    assertThat(folder.resolve("borrowed.aside")).doesNotExist();
  }

  @Test
  void leavesWhatWasWithdrawn() throws IOException {
    for (int number = 1; number <= 4; number++) {
      undoLater(number, UndoStep.Kind.UNLINK, "file" + number);
      Files.writeString(folder.resolve("file" + number), "x");
    }
    root.forget(4);
    root.forget(2);
    leaveAndAwaitEnd();
    assertThat(folder.resolve("file1")).doesNotExist();
    assertThat(folder.resolve("file2")).exists();
    assertThat(folder.resolve("file3")).doesNotExist();
    assertThat(folder.resolve("file4")).exists();
  }

  @Test
  void leavesEverythingWhenAllWasWithdrawn() throws IOException {
    undoLater(1, UndoStep.Kind.UNLINK, "file1");
    undoLater(2, UndoStep.Kind.UNLINK, "file2");
    Files.writeString(folder.resolve("file1"), "x");
    Files.writeString(folder.resolve("file2"), "x");
    root.forget(0);
    leaveAndAwaitEnd();
    assertThat(folder).isDirectoryContaining(file -> file.endsWith("file1"));
    assertThat(folder).isDirectoryContaining(file -> file.endsWith("file2"));
  }

  @Test
  void leavesEverythingWhenItIsToldToExit() throws IOException {
    undoLater(1, UndoStep.Kind.UNLINK, "file");
    Files.writeString(folder.resolve("file"), "x");
    root.launcher().exit(0);
    assertThat(process.awaitEnd(10_000)).isTrue();
    assertThat(folder.resolve("file")).exists();
  }

  @Test
  void doesNotMindWhatWasNeverMadeOrIsInUse() throws IOException {
    undoLater(1, UndoStep.Kind.RMDIR, "used");
    undoLater(2, UndoStep.Kind.UNLINK, "nothing/at/all");
    Files.createDirectory(folder.resolve("used"));
    Files.writeString(folder.resolve("used/by-others"), "x");
    leaveAndAwaitEnd();
    assertThat(folder.resolve("used/by-others")).exists();
    assertThat(said).content().doesNotContain("cannot undo");
  }

  @Test
  void saysWhatItCannotUndo() throws IOException {
    undoLater(1, UndoStep.Kind.UNLINK, "directory");
    Files.createDirectory(folder.resolve("directory"));
    leaveAndAwaitEnd();
    assertThat(said).content().contains("stasis: cannot undo directory: error 21\n");
  }

  @Test
  void keepsItsHoldOnDirectoriesWhoseNumbersAreWanted() throws IOException {
    undoLater(1, UndoStep.Kind.UNLINK, "file");
    Files.writeString(folder.resolve("file"), "x");
    try (Fd memory = Memfd.create("kept", Memfd.MFD_CLOEXEC)) {
      for (int number = 3; number < 12; number++) {
        root.keep(memory, number);
      }
    }
    leaveAndAwaitEnd();
    assertThat(folder.resolve("file")).doesNotExist();
  }

  @Test
  void waitsForThoseWhoCouldMakeMore() throws Exception {
    undoLater(1, UndoStep.Kind.UNLINK, "file");
    Files.writeString(folder.resolve("file"), "x");
    int sealable = Memfd.MFD_CLOEXEC | Memfd.MFD_ALLOW_SEALING;
    try (Fd memory = Memfd.create("channel", sealable)) {
      memory.truncate(LENGTH);
      root.map(memory, ADDRESS, LENGTH, 3);
      try (Mapping _ = Mapping.shared(memory, LENGTH)) {
        leave();
        assertThat(process.awaitEnd(200)).isFalse();
        assertThat(folder.resolve("file")).exists();
      }
      assertThat(process.awaitEnd(10_000)).isTrue();
      assertThat(folder.resolve("file")).doesNotExist();
    }
  }
}

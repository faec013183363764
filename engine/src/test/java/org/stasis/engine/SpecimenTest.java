package org.stasis.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.stasis.engine.launcher.EmbeddedRootAgent;
import org.stasis.engine.launcher.NativeBuild;
import org.stasis.engine.options.DumpOptions;
import org.stasis.engine.options.FinalState;
import org.stasis.engine.options.RestoreOptions;
import org.stasis.linux.Fd;
import org.stasis.linux.Processes;
import org.stasis.linux.Signal;
import org.stasis.linux.SyscallException;
import org.stasis.specimens.Box;
import org.stasis.specimens.Specimen;

@DisplayName("Every specimen")
class SpecimenTest {
  private static Installation installation;

  static Stream<String> specimens() throws IOException {
    String only = System.getProperty("specimen");
    return Box.HOST.specimens().stream().filter(name -> only == null || name.startsWith(only));
  }

  @BeforeAll
  static void load() throws IOException {
    assumeTrue(Syscalls.isRoot(), "ptrace and clone3 with set_tid need root");
    installation = new Installation(NativeBuild.agent());
  }

  private static CheckpointEngine engine() {
    return new StasisEngine(installation, Processes.self(), Cancellation.NEVER);
  }

  private static DumpOptions.Builder dumpOptions(String name, Path images, int pid)
      throws IOException {
    DumpOptions.Builder options = DumpOptions.builder(images, pid);
    for (String word : Specimen.options(name)) {
      switch (word) {
        case "--tcp-established" -> options.tcpEstablished(true);
        case "--file-locks" -> options.fileLocks(true);
        case "--link-remap" -> options.linkRemap(true);
        case "--ext-unix-sk" -> options.extUnixSockets(true);
        case "--shell-job" -> options.shellJob(true);
        case "--orphan-pts-master" -> options.orphanPtsMaster(true);
        default -> throw new IllegalArgumentException("unknown option of a specimen: " + word);
      }
    }
    return options;
  }

  private static RestoreOptions restoreOptions(String name, Path images) throws IOException {
    RestoreOptions.Builder options = RestoreOptions.builder(images);
    for (String word : Specimen.options(name)) {
      switch (word) {
        case "--tcp-established" -> options.tcpEstablished(true);
        case "--file-locks" -> options.fileLocks(true);
        case "--link-remap" -> options.linkRemap(true);
        case "--ext-unix-sk" -> options.extUnixSockets(true);
        case "--shell-job" -> options.shellJob(true);
        case "--orphan-pts-master" -> options.orphanPtsMaster(true);
        default -> throw new IllegalArgumentException("unknown option of a specimen: " + word);
      }
    }
    return options.build();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("specimens")
  @DisplayName("runs on unharmed after a dump that leaves it running")
  void leaveRunning(String name) throws Exception {
    try (Specimen specimen = Specimen.start(name)) {
      Path images = Files.createDirectory(specimen.folder().resolve("images"));
      engine()
          .dump(
              dumpOptions(name, images, specimen.pid()).finalState(FinalState.RUNNING).build(),
              ActionListener.NONE);
      assertThat(specimen.finish()).isEqualTo("ok");
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("specimens")
  @DisplayName("goes on after dump, kill and restore, twice in a row")
  void restore(String name) throws Exception {
    try (Specimen specimen = Specimen.start(name)) {
      int pid = specimen.pid();
      Path first = Files.createDirectory(specimen.folder().resolve("images-1"));
      engine().dump(dumpOptions(name, first, pid).build(), ActionListener.NONE);
      specimen.awaitEnd();
      try (EmbeddedRootAgent root = EmbeddedRootAgent.start(NativeBuild.launcher());
          Killer _ = new Killer(specimen)) {
        engine().restore(restoreOptions(name, first), root, new TerminalOwner());
        Path second = Files.createDirectory(specimen.folder().resolve("images-2"));
        engine().dump(dumpOptions(name, second, pid).build(), ActionListener.NONE);
        root.launcher().awaitChild(pid);
        specimen.awaitEnd();
        try (EmbeddedRootAgent again = EmbeddedRootAgent.start(NativeBuild.launcher())) {
          engine().restore(restoreOptions(name, second), again, new TerminalOwner());
          assertThat(specimen.finish()).isEqualTo("ok");
          again.launcher().awaitChild(pid);
        }
      }
    }
  }

  /** Takes the masters of terminals and writes a line to each. */
  private static final class TerminalOwner implements ActionListener {
    private static final List<Fd> MASTERS = new ArrayList<>();

    @Override
    public void reached(Action stage, OptionalInt rootPid) {}

    @Override
    public void orphanPtsMaster(Fd master) {
      try {
        Fd own = master.duplicate();
        MASTERS.add(own); // the terminal would be hung up without it
        own.writeFully("from the caller\n".getBytes(StandardCharsets.UTF_8));
      } catch (SyscallException e) {
        throw new AssertionError(e);
      }
    }

    static void release() throws SyscallException {
      for (Fd master : MASTERS) {
        master.close();
      }
      MASTERS.clear();
    }
  }

  @AfterEach
  void releaseTerminals() throws SyscallException {
    TerminalOwner.release();
  }

  /** Ends a restored process when a test has failed in between. */
  private record Killer(Specimen specimen) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      if (!specimen.isRunning()) {
        return; // its pid may be another process's by now
      }
      try {
        Processes.kill(specimen.pid(), Signal.SIGKILL);
      } catch (SyscallException e) {
        assertThat(e.errno()).isEqualTo(org.stasis.linux.Errno.ESRCH.number());
      }
    }
  }

  /** Who runs the test. */
  private static final class Syscalls {
    static boolean isRoot() {
      return "root".equals(System.getProperty("user.name"));
    }
  }
}

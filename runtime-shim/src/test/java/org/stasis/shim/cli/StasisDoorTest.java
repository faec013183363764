package org.stasis.shim.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.engine.RootAgent;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.shim.IdleCaller;
import org.stasis.shim.engine.EngineControl;

@DisplayName("The stasis command")
class StasisDoorTest {
  private static final int PID = 4711;

  @TempDir private Path folder;
  private final Control control = new Control();

  /** A process that can be asked for its status, and told to stop. */
  private static final class Control implements EngineControl {
    private List<SessionStatus> sessions = List.of();
    private boolean stopped;

    @Override
    public Status status() {
      return new Status(99, true, Instant.now().minusSeconds(3700), sessions);
    }

    @Override
    public void stop() {
      stopped = true;
    }

    @Override
    public boolean undertake(String name, Runnable work) {
      return false;
    }

    @Override
    public void say(String text) {
      throw new AssertionError(text);
    }
  }

  private static EngineControl.SessionStatus session(int number, int pid, String... command) {
    return new EngineControl.SessionStatus(
        number, pid, List.of(command), Instant.now().minusSeconds(75));
  }

  private int run(String... words) throws IOException {
    List<String> line = new ArrayList<>(List.of("stasis"));
    line.addAll(List.of(words));
    StasisDoor door =
        new StasisDoor(
            caller -> {
              throw new AssertionError("asked for an engine");
            },
            control);
    return door.serve(new WritingCaller(folder, line));
  }

  private String output() throws IOException {
    return Files.readString(folder.resolve("1"));
  }

  private String errors() throws IOException {
    return Files.readString(folder.resolve("2"));
  }

  @Test
  void explainsItself() throws IOException {
    assertThat(run()).isZero();
    assertThat(output())
        .startsWith("Usage: stasis")
        .contains("dump", "restore", "check", "show", "decode", "encode", "engine", "version");
  }

  @Test
  void explainsACommand() throws IOException {
    assertThat(run("help", "engine", "stop")).isZero();
    assertThat(output()).startsWith("Usage: stasis engine stop");
    assertThat(run("engine", "--help")).isZero();
    assertThat(output()).startsWith("Usage: stasis engine").contains("status", "log");
    assertThat(run("help", "dump")).isZero();
    assertThat(output()).contains("stasis dump --help");
  }

  @Test
  void makesAndUnpacksArchives() throws IOException {
    Path images = Files.createDirectory(folder.resolve("images"));
    Files.writeString(images.resolve("inventory.img"), "content");
    String archive = folder.resolve("archive").toString();
    String unpacked = folder.resolve("unpacked").toString();

    assertThat(run("archive", "create", "--images", images.toString(), "--name", "box", archive))
        .isZero();
    assertThat(run("archive", "unpack", archive, unpacked)).isZero();

    assertThat(output()).isEqualTo("a container, box, checksums right\n");
    assertThat(folder.resolve("unpacked/checkpoint/inventory.img")).hasContent("content");
    assertThat(run("archive", "unpack", archive, unpacked)).isEqualTo(1);
    assertThat(errors()).contains("unpacked exists already");
    assertThat(run("archive", "create", "--compress", "lz4", "--from", unpacked, archive))
        .isEqualTo(1);
    assertThat(errors()).contains("no such compression: lz4");
    assertThat(run("archive", "unpack", archive + "-none", unpacked + "2")).isEqualTo(1);
    assertThat(errors()).contains("no such file or directory");
    assertThat(run("archive", "create", archive)).isEqualTo(1);
    assertThat(errors()).contains("there is no checkpoint");
  }

  @Test
  void refusesWhatItDoesNotKnow() throws IOException {
    assertThat(run("frobnicate")).isNotZero();
    assertThat(errors()).contains("frobnicate");
    assertThat(run("help", "frobnicate")).isNotZero();
    assertThat(errors()).contains("no such command: frobnicate");
    assertThat(run("engine", "log", "many")).isNotZero();
    assertThat(errors()).contains("many");
  }

  @Test
  void tellsItsVersion() throws IOException {
    assertThat(run("--version")).isZero();
    assertThat(output()).startsWith("stasis ");
    assertThat(run("version")).isZero();
    assertThat(output()).contains("stasis ", "java " + Runtime.version());
  }

  @Test
  void showsTheSessionsOfTheResidentEngine() throws IOException {
    control.sessions =
        List.of(session(2, 12, "criu", "swrk", "3"), session(9, PID, "stasis", "engine", "status"));
    assertThat(run("engine", "status")).isZero();
    assertThat(output().lines())
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .startsWith("resident engine, pid 99, version ")
                    .endsWith(", for 1 h 1 min"),
            line -> assertThat(line).isEqualTo("  session 2, pid 12, for 1 min 15 s: criu swrk 3"),
            line ->
                assertThat(line).isEqualTo("  session 9, pid 4711, for 1 min 15 s: this question"));
    assertThat(control.stopped).isFalse();
  }

  @Test
  void leavesNoEngineBehindThatWasOnlyAskedForItsStatus() throws IOException {
    control.sessions = List.of(session(1, PID, "stasis", "engine", "status"));
    assertThat(run("engine", "status")).isEqualTo(3);
    assertThat(output()).isEqualTo("no resident engine is running\n");
    assertThat(control.stopped).isTrue();
  }

  @Test
  void endsTheResidentEngine() throws IOException {
    control.sessions =
        List.of(session(2, 12, "criu", "swrk", "3"), session(9, PID, "stasis", "engine", "stop"));
    assertThat(run("engine", "stop")).isZero();
    assertThat(output())
        .isEqualTo("the resident engine, pid 99, ends when its other sessions end: 1\n");
    assertThat(control.stopped).isTrue();
  }

  @Test
  void failsWhenItsOutputIsLost() throws IOException {
    Files.createSymbolicLink(folder.resolve("1"), Path.of("/dev/full"));
    assertThat(run("version")).isEqualTo(1);
    assertThat(errors()).contains("stasis: standard output: ", "ENOSPC");
  }

  private static Path sample(String name) {
    return Path.of("../images/src/test/resources/criu-4.1.1").toAbsolutePath().resolve(name);
  }

  @Test
  void showsAnImageForPeople() throws IOException {
    Files.copy(sample("pstree.img"), folder.resolve("pstree.img"));
    assertThat(run("show", "pstree.img")).isZero();
    assertThat(output().strip())
        .isEqualTo(Files.readString(sample("pstree.img.pretty.json")).strip());
  }

  @Test
  void writesAnImageAsJsonAndBack() throws IOException {
    assertThat(run("decode", "-i", sample("pipes-data.img").toString(), "-o", "json")).isZero();
    assertThat(folder.resolve("json"))
        .hasContent(Files.readString(sample("pipes-data.img.json")).strip());
    assertThat(run("encode", "-i", "json", "-o", "image")).isZero();
    assertThat(folder.resolve("image")).hasSameBinaryContentAs(sample("pipes-data.img"));
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(Path::getFileName).map(Path::toString))
          .containsExactlyInAnyOrder("1", "2", "json", "image");
    }
  }

  @Test
  void readsStandardInputAndWritesStandardOutput() throws IOException {
    Files.copy(sample("files.img"), folder.resolve("0"));
    assertThat(run("decode", "--pretty")).isZero();
    Files.copy(folder.resolve("1"), folder.resolve("0"), StandardCopyOption.REPLACE_EXISTING);
    assertThat(run("encode")).isZero();
    assertThat(folder.resolve("1")).hasSameBinaryContentAs(sample("files.img"));
  }

  @Test
  void leavesPayloadsOutOnRequest() throws IOException {
    assertThat(run("show", "--nopl", sample("pipes-data.img").toString())).isZero();
    String bare = output();
    assertThat(run("show", sample("pipes-data.img").toString())).isZero();
    assertThat(bare).isNotEqualTo(output());
  }

  @Test
  void saysWhatIsWrongWithAnImage() throws IOException {
    assertThat(run("show", "missing.img")).isEqualTo(1);
    assertThat(errors()).isEqualTo("stasis: missing.img: no such file or directory\n");
    Files.write(folder.resolve("short.img"), new byte[] {1, 2, 3});
    assertThat(run("show", "short.img")).isEqualTo(1);
    assertThat(errors()).startsWith("stasis: ").contains("short.img");
    Files.writeString(folder.resolve("broken.json"), "{\"magic\": \"PSTREE\", \"entries\": [");
    assertThat(run("encode", "-i", "broken.json", "-o", "image")).isEqualTo(1);
    assertThat(errors()).startsWith("stasis: ").contains("broken.json");
    assertThat(folder.resolve("image")).doesNotExist();
  }

  /** A caller whose descriptors are files named after them. */
  private record WritingCaller(Path folder, List<String> arguments) implements IdleCaller {
    @Override
    public Map<String, String> environment() {
      return Map.of();
    }

    @Override
    public int pid() {
      return PID;
    }

    @Override
    public int effectiveUid() {
      return 0;
    }

    @Override
    public Path workingDirectory() {
      return folder;
    }

    @Override
    public Path resolve(String path) {
      return folder.resolve(path);
    }

    @Override
    public Fd descriptor(int number) throws SyscallException {
      int flags =
          number == 0
              ? Open.O_RDONLY | Open.O_CLOEXEC
              : Open.O_WRONLY | Open.O_CREAT | Open.O_TRUNC | Open.O_CLOEXEC;
      return Fd.open(folder.resolve("" + number).toString(), flags, 0600);
    }

    @Override
    public RootAgent rootAgent() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void awaitChildren() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void execute(List<String> command, @Nullable Fd output) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean cancelled() {
      return false;
    }

    @Override
    public void onCancel(Runnable action) {
      throw new UnsupportedOperationException();
    }
  }
}

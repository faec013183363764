package org.stasis.shim.runc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stasis.shim.engine.NativeBuild;

@DisplayName("The launcher, called by a runtime's name")
class RealRuntimeTest {
  private static final String SHOW_CALL = "#!/bin/sh\necho \"$0\" \"$@\"\n";

  @TempDir private Path folder;
  private Path bin;
  private Path launcher;
  private final Map<String, String> environment = new TreeMap<>();

  @BeforeEach
  void installFakes() throws IOException {
    folder = folder.toRealPath();
    bin = Files.createDirectory(folder.resolve("bin"));
    launcher = Files.copy(NativeBuild.launcher(), folder.resolve("stasis"));
    environment.put("PATH", bin + ":/usr/bin:/bin");
    environment.put("STASIS_ENGINE", folder.resolve("nobody-listens-here").toString());
  }

  private Path program(String name, String text) throws IOException {
    Path program = Files.writeString(bin.resolve(name), text);
    assertThat(program.toFile().setExecutable(true)).isTrue();
    return program;
  }

  private record Answer(int status, String text) {}

  private Answer call(String name, String... words) throws Exception {
    Path link = folder.resolve(name);
    if (!Files.exists(link)) {
      Files.createSymbolicLink(link, launcher);
    }
    List<String> line = new ArrayList<>(List.of(link.toString()));
    line.addAll(List.of(words));
    return run(line);
  }

  private Answer run(List<String> line) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
    builder.directory(folder.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Answer(process.waitFor(), text.strip());
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "state box",
        "--root /r --log=l --debug create -b . box",
        "-root checkpoint kill box",
        "--log-format json -log restore list",
        "--systemd-cgroup --rootless auto exec box checkpoint",
        "--version",
        "checkpoints box",
        "--help checkpoint",
        "help checkpoint",
        "features",
        "--root",
        "",
      })
  void becomesTheRealRuntime(String line) throws Exception {
    Path runc = program("runc", SHOW_CALL);
    String[] words = line.isEmpty() ? new String[0] : line.split(" ", -1);
    assertThat(call("stasis-runc", words)).isEqualTo(new Answer(0, (runc + " " + line).strip()));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "checkpoint box",
        "checkpoint --help",
        "--root /r -log=l --debug --log-format json restore -b . box",
        "-criu /c --rootless=true --cgroup-manager cgroupfs --log-level error checkpoint box",
        "-- restore box",
        "--unknown --switches restore box",
      })
  void asksTheEngineForCheckpointAndRestore(String line) throws Exception {
    program("runc", SHOW_CALL);
    Answer answer = call("stasis-runc", line.split(" ", -1));
    assertThat(answer.text()).startsWith("stasis: no engine serves at ");
    assertThat(answer.status()).isEqualTo(1);
  }

  @Test
  void asksTheEngineForFeaturesOfOthersThanRunc() throws Exception {
    program("crun", SHOW_CALL);
    assertThat(call("stasis-crun", "--debug", "features").text())
        .startsWith("stasis: no engine serves at ");
  }

  @Test
  void hasTheRuntimeOfItsName() throws Exception {
    for (String name : List.of("runc", "crun", "youki", "box.runtime")) {
      Path runtime = program(name, SHOW_CALL);
      assertThat(call("stasis-" + name, "list").text()).isEqualTo(runtime + " list");
    }
    assertThat(call("stasis-none", "list"))
        .isEqualTo(
            new Answer(1, "stasis: called by its name, but not found on PATH: the runtime none"));
  }

  @Test
  void takesTheRuntimeOfTheEnvironmentBeforeThatOfItsName() throws Exception {
    program("crun", SHOW_CALL);
    Path wanted = program("wanted", SHOW_CALL);
    environment.put("STASIS_RUNTIME", "wanted");
    assertThat(call("stasis-crun", "list").text()).isEqualTo(wanted + " list");
    environment.put("STASIS_RUNTIME", "bin/wanted");
    assertThat(call("stasis-crun", "list").text()).isEqualTo("bin/wanted list");
    environment.put("STASIS_RUNTIME", "/none");
    assertThat(call("stasis-crun", "list"))
        .isEqualTo(
            new Answer(
                1, "stasis: STASIS_RUNTIME names no runtime other than Stasis itself: /none"));
  }

  @Test
  void neverFindsItself() throws Exception {
    Files.createSymbolicLink(bin.resolve("runc"), launcher);
    Path hidden = Files.createDirectory(folder.resolve("hidden"));
    Files.createLink(hidden.resolve("runc"), launcher);
    Path real = Files.createDirectory(folder.resolve("real"));
    Files.writeString(real.resolve("runc"), SHOW_CALL);
    assertThat(real.resolve("runc").toFile().setExecutable(true)).isTrue();
    environment.put("PATH", bin + "::" + hidden + ":" + real);
    assertThat(call("stasis-runc", "list").text()).isEqualTo(real + "/runc list");
    assertThat(call("runc", "list").text()).isEqualTo(real + "/runc list");
    environment.put("STASIS_RUNTIME", bin + "/runc");
    assertThat(call("stasis-runc", "list").text()).contains("no runtime other than Stasis itself");
  }

  @Test
  void isNotLedInACircle() throws Exception {
    program("runc", "#!/bin/sh\n\"" + folder + "/stasis-runc\" \"$@\"; exit $?\n");
    Answer answer = call("stasis-runc", "--log", "log", "--log-format=json", "state", "a\"b");
    assertThat(answer.status()).isEqualTo(1);
    assertThat(answer.text()).contains("the runtime " + bin + "/runc leads back to Stasis");
    assertThat(folder.resolve("log"))
        .content()
        .startsWith(
            "{\"level\":\"error\",\"msg\":\"stasis: the runtime " + bin + "/runc leads back")
        .endsWith("\"}\n");
  }

  @Test
  void passesOverFoldersAndFilesThatAreNoPrograms() throws Exception {
    Files.createDirectory(bin.resolve("crun"));
    Files.writeString(Files.createDirectory(folder.resolve("data")).resolve("crun"), SHOW_CALL);
    Path real = Files.createDirectory(folder.resolve("real"));
    Files.writeString(real.resolve("crun"), SHOW_CALL);
    assertThat(real.resolve("crun").toFile().setExecutable(true)).isTrue();
    environment.put("PATH", bin + ":" + folder.resolve("data") + ":" + real);
    assertThat(call("stasis-crun", "list").text()).isEqualTo(real + "/crun list");
  }

  @Test
  void keepsTheEnvironment() throws Exception {
    program("runc", "#!/bin/sh\nexec env\n");
    environment.put("XDG_RUNTIME_DIR", "");
    environment.put("_OCI_SYNCPIPE", "3");
    assertThat(call("stasis-runc", "list").text().lines())
        .contains("XDG_RUNTIME_DIR=", "_OCI_SYNCPIPE=3", "PATH=" + environment.get("PATH"));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "runtime=other                                  | BIN/other list",
        "~# a\n\n \truntime =  other # b\nruntime=BIN/last~ | BIN/last list",
        "~ \n#runtime = other~                            | BIN/runc list",
        "runtime = BIN/none | stasis: /etc/stasis/runtime.conf names no runtime other than Stasis"
            + " itself: BIN/none",
        "runtime =          | stasis: /etc/stasis/runtime.conf cannot be read, or has a line other"
            + " than `runtime = NAME or /PATH`",
        "engine = x         | stasis: /etc/stasis/runtime.conf cannot be read, or has a line other"
            + " than `runtime = NAME or /PATH`",
      })
  void readsItsConfiguration(String text, String expected) throws Exception {
    assumeTrue(
        Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid")),
        "mounting over /etc takes root");
    program("runc", SHOW_CALL);
    program("other", SHOW_CALL);
    program("last", SHOW_CALL);
    Path etc = Files.createDirectories(folder.resolve("etc/stasis")).getParent();
    Files.writeString(etc.resolve("stasis/runtime.conf"), text.replace("BIN", bin.toString()));
    Files.createSymbolicLink(folder.resolve("stasis-runc"), launcher);
    String script = "mount --bind \"$0\" /etc && exec \"$1\" list";
    String called = folder.resolve("stasis-runc").toString();
    Answer answer = run(List.of("unshare", "--mount", "sh", "-c", script, etc.toString(), called));
    assertThat(answer.text()).isEqualTo(expected.replace("BIN", bin.toString()));
  }
}

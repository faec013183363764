package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** stasis-runc on containers that a runtime made by itself, from a bundle. */
@DisplayName("A container of a runtime")
@Tag("container")
class RuntimeDoorTest {
  private static final String ID = "stasis-door-" + ProcessHandle.current().pid();

  @TempDir private Path folder;
  private Peers peers;
  private Bundle bundle;
  private @Nullable RuntimeDoor door;

  @BeforeEach
  void makeBundle() throws IOException {
    peers = Peers.required();
    Peers.requireThat(Files.isExecutable(program()), "no stasis-runc beside the criu under test");
    bundle = new Bundle(folder.resolve("bundle"), "/" + ID);
  }

  @AfterEach
  void removeContainer() {
    if (door != null) {
      door.direct("delete", "--force", ID);
    }
  }

  private Path program() {
    return peers.criuDirectory().resolve("stasis-runc");
  }

  private RuntimeDoor door(String runtime) {
    Map<String, String> environment = new HashMap<>(peers.environment());
    environment.put("STASIS_ENGINE", "private"); // this one's, not one that happens to run
    door = new RuntimeDoor(runtime, program(), folder, environment);
    return door;
  }

  private RuntimeDoor start(String name) {
    RuntimeDoor runtime = door(name);
    runtime.directSilently("run", "--detach", "--bundle", bundle.folder().toString(), ID).orFail();
    bundle.awaitCount(3);
    return runtime;
  }

  private String status(RuntimeDoor runtime) {
    String state = runtime.stasis("state", ID).orFail().output();
    return JsonMapper.shared().readTree(state).at("/status").asString();
  }

  private Path checkpoint(RuntimeDoor runtime, String name, String... options) {
    Path images = folder.resolve(name);
    String[] words = new String[options.length + 4];
    words[0] = "checkpoint";
    words[1] = "--image-path=" + images;
    System.arraycopy(options, 0, words, 2, options.length);
    words[words.length - 2] = "--work-path=" + folder.resolve(name + "-work");
    words[words.length - 1] = ID;
    CommandResult result = runtime.stasis(words);
    assertThat(result.exitStatus())
        .as(() -> result + result.errors() + LogFile.tail(folder.resolve(name + "-work/dump.log")))
        .isZero();
    assertThat(images.resolve("inventory.img")).isNotEmptyFile();
    assertThat(images.resolve("descriptors.json"))
        .content()
        .isEqualTo("[\"/dev/null\",\"/dev/null\",\"/dev/null\"]");
    assertThat(folder.resolve(name + "-work/stats-dump")).isNotEmptyFile();
    return images;
  }

  private String[] restore(Path images) {
    return new String[] {
      "restore",
      "--detach",
      "--bundle=" + bundle.folder(),
      "--image-path=" + images,
      "--work-path=" + folder.resolve("restore-work"),
      ID
    };
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"runc", "crun"})
  void runsOnAfterACheckpointThatLeavesIt(String name) {
    RuntimeDoor runtime = start(name);
    checkpoint(runtime, "images", "--leave-running");
    assertThat(status(runtime)).isEqualTo("running");
    bundle.awaitCount(bundle.count() + 3);
    assertThat(bundle.removed()).doesNotExist();
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"runc", "crun"})
  void isGoneAfterACheckpointAndComesBackByTheDoor(String name) throws IOException {
    RuntimeDoor runtime = start(name);
    Path images = checkpoint(runtime, "images");
    assertThat(runtime.direct("state", ID).exitStatus()).isNotZero();
    assertThat(bundle.removed()).as("what the poststop hook leaves").isNotEmptyFile();
    long before = bundle.count();
    assertThat(before).isGreaterThanOrEqualTo(3);

    CommandResult restored = runtime.stasisSilently(restore(images));
    assertThat(restored.exitStatus())
        .as(() -> restored.errors() + LogFile.tail(folder.resolve("restore-work/restore.log")))
        .isZero();
    bundle.awaitCount(before + 3);
    assertThat(status(runtime)).isEqualTo("running");
    checkpoint(runtime, "again");
    assertThat(runtime.direct("state", ID).exitStatus()).isNotZero();
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"runc", "crun"})
  void isTheRuntimesOwnAfterARestore(String name) throws Exception {
    RuntimeDoor runtime = start(name);
    String[] look = {
      "exec", ID, "/bin/busybox", "grep", "-E", "^(Cap|Seccomp)", "/proc/self/status"
    };
    String confined = runtime.direct(look).orFail().output();
    Path images = checkpoint(runtime, "images");

    runtime.stasisSilently(restore(images)).orFail();

    assertThat(runtime.direct(look).orFail().output()).isEqualTo(confined);
    String state = runtime.direct("state", ID).orFail().output();
    assertThat(JsonMapper.shared().readTree(state).at("/bundle").asString())
        .isEqualTo(bundle.folder().toString());
    assertThat(runtime.direct("exec", ID, "/bin/busybox", "ls", "/proc/1/fd").orFail().output())
        .isEqualTo("0\n1\n2\n");
    runtime.direct("pause", ID).orFail();
    assertThat(status(runtime)).isEqualTo("paused");
    runtime.direct("resume", ID).orFail();
    bundle.awaitCount(bundle.count() + 3);
    runtime.direct("kill", ID, "KILL").orFail();
    Eventually.get(
        "its end", () -> Optional.of(status(runtime)).filter("stopped"::equals), () -> "running");
    runtime.direct("delete", ID).orFail();
  }

  private static String[] attached(String[] words) {
    return Arrays.stream(words).filter(word -> !word.equals("--detach")).toArray(String[]::new);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"runc", "crun"})
  void isWaitedForInTheForeground(String name) {
    RuntimeDoor runtime = start(name);
    String[] words = restore(checkpoint(runtime, "images"));
    long before = bundle.count();
    CompletableFuture<CommandResult> restored =
        CompletableFuture.supplyAsync(() -> runtime.stasisSilently(attached(words)));
    bundle.awaitCount(before + 3);
    runtime.direct("kill", ID, "KILL").orFail();
    assertThat(restored.join().exitStatus()).isEqualTo(137);
    assertThat(runtime.direct("state", ID).exitStatus()).isNotZero();
  }

  @Test
  void keepsItsPidInTheHostsPidNamespace() throws IOException {
    bundle.shareThePidNamespace();
    RuntimeDoor runtime = start("runc");
    String pid = pid(runtime);
    Path images = checkpoint(runtime, "images");
    long before = bundle.count();
    runtime.stasisSilently(restore(images)).orFail();
    bundle.awaitCount(before + 3);
    assertThat(pid(runtime)).isEqualTo(pid);
    checkpoint(runtime, "again");
    assertThat(runtime.direct("state", ID).exitStatus()).isNotZero();
  }

  private static String pid(RuntimeDoor runtime) {
    String state = runtime.direct("state", ID).orFail().output();
    return JsonMapper.shared().readTree(state).at("/pid").asString();
  }

  @Test
  void isNotRestoredToTheHostsPidNamespaceByARuntimeWithoutCriu() throws IOException {
    Peers.requireThat(
        !Command.of("crun", "--version").run().orFail().output().contains("+CRIU"),
        "this crun was built with criu");
    bundle.shareThePidNamespace();
    RuntimeDoor runtime = start("crun");
    Path images = checkpoint(runtime, "images");
    CommandResult refused = runtime.stasisSilently(restore(images));
    assertThat(refused.exitStatus()).isEqualTo(1);
    assertThat(refused.errors()).contains("without a pid namespace", "built without criu");
    assertThat(runtime.direct("state", ID).exitStatus()).isNotZero();
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"runc", "crun"})
  void isTypedToWhereTheCommandWaitsForIt(String name) throws Exception {
    bundle.giveATerminal("while read line; do echo \"got $line $(/bin/busybox stty size)\"; done");
    RuntimeDoor runtime = door(name);
    String directory = bundle.folder().toString();
    Map<String, String> environment = runtime.forCommands();
    try (TypedAt first =
        new TypedAt(
            ":",
            runtime.line("run", "--bundle", directory, ID),
            ":",
            environment,
            folder.resolve("first"))) {
      first.type("one\n");
      first.await("got one");
      Path images = folder.resolve("images");
      runtime.stasis("checkpoint", "--image-path=" + images, ID).orFail();
      first.end();
      Path modes = folder.resolve("modes");
      String[] words = attached(restore(images));
      try (TypedAt restored =
          new TypedAt(
              "stty rows 41 cols 99; stty -a >" + modes,
              runtime.line(words),
              "stty -a | cmp - " + modes + " && echo same modes",
              environment,
              folder.resolve("second"))) {
        restored.type("two\n");
        restored.await("got two 41 99");
        restored.type("x\177three\r\004"); // a terminal takes back what was rubbed out, and ends
        restored.await("got three 41 99");
        assertThat(restored.end()).isEqualTo(7);
        assertThat(restored.shown()).contains("same modes");
      }
    }
    assertThat(runtime.direct("state", ID).exitStatus()).isNotZero();
  }

  @ParameterizedTest(name = "by runc and {0}")
  @ValueSource(strings = {"Stasis", "CRIU"})
  void isRestoredByRuncAlone(String criu) {
    RuntimeDoor runtime = start("runc");
    Path images = checkpoint(runtime, "images");
    long before = bundle.count();
    Path directory =
        criu.equals("CRIU") ? Path.of(peers.place("criu.peer")) : peers.criuDirectory();
    Map<String, String> environment = new HashMap<>(runtime.environment());
    environment.merge("PATH", directory + ":", (path, first) -> first + path);
    RuntimeDoor alone = new RuntimeDoor("runc", runtime.door(), folder, environment);
    CommandResult restored = alone.directSilently(restore(images));
    assertThat(restored.exitStatus())
        .as(() -> restored.errors() + LogFile.tail(folder.resolve("restore-work/restore.log")))
        .isZero();
    bundle.awaitCount(before + 3);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"runc", "crun"})
  void staysPausedWhenItWas(String name) {
    RuntimeDoor runtime = start(name);
    runtime.stasis("pause", ID).orFail();
    checkpoint(runtime, "images", "--leave-running");
    assertThat(status(runtime)).isEqualTo("paused");
    long before = bundle.count();
    runtime.stasis("resume", ID).orFail();
    bundle.awaitCount(before + 3);
    runtime.stasis("pause", ID).orFail();
    checkpoint(runtime, "again");
    assertThat(runtime.direct("state", ID).exitStatus()).isNotZero();
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"runc", "crun"})
  void isLeftAloneWhenTheCheckpointIsRefused(String name) {
    RuntimeDoor runtime = start(name);
    CommandResult preDump = runtime.stasis("checkpoint", "--pre-dump", ID);
    assertThat(preDump.exitStatus()).isEqualTo(1);
    assertThat(preDump.errors()).contains("--pre-dump is not supported by Stasis yet");
    CommandResult unknown = runtime.stasis("checkpoint", ID + "-none");
    assertThat(unknown.exitStatus()).isEqualTo(1);
    assertThat(unknown.errors()).contains("\"msg\":\"container does not exist\"");
    assertThat(status(runtime)).isEqualTo("running");
    bundle.awaitCount(bundle.count() + 3);
  }
}

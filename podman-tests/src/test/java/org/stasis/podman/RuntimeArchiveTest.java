package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code --archive}: from a bundle on an overlay into another one of the same lower directory. */
@DisplayName("A container of a runtime in an archive")
@Tag("container")
class RuntimeArchiveTest {
  private static final String ID = "stasis-archive-" + ProcessHandle.current().pid();

  @TempDir private Path folder;
  private final Deque<Path> mounts = new ArrayDeque<>();
  private Peers peers;
  private Bundle bundle;
  private Path other;
  private Path temporary;
  private @Nullable RuntimeDoor door;

  @BeforeEach
  void makeBundles() throws IOException {
    peers = Peers.required();
    folder = folder.toRealPath();
    temporary = Files.createDirectory(folder.resolve("temporary"));
    bundle = new Bundle(folder.resolve("bundle"), "/" + ID);
    Path config = bundle.folder().resolve("config.json");
    ObjectNode all = (ObjectNode) JsonMapper.shared().readTree(Files.readString(config));
    ((ObjectNode) all.get("root")).put("readonly", false);
    Files.writeString(config, all.toString());
    other = Files.createDirectory(folder.resolve("other"));
    Files.copy(config, other.resolve("config.json"));
    Path lower = folder.resolve("lower");
    Files.move(bundle.folder().resolve("rootfs"), lower);
    Files.writeString(lower.resolve("etc/removed"), "of the image");
    Path layers = Files.createDirectory(folder.resolve("layers"));
    mount(layers, "-t", "tmpfs", "tmpfs"); // what a temporary directory is on may not do for upper
    overlay(lower, layers.resolve("first"), bundle.folder());
    overlay(lower, layers.resolve("second"), other);
  }

  private void overlay(Path lower, Path layer, Path to) throws IOException {
    Path upper = Files.createDirectories(layer.resolve("upper"));
    Path work = Files.createDirectories(layer.resolve("work"));
    String options = "lowerdir=" + lower + ",upperdir=" + upper + ",workdir=" + work;
    mount(Files.createDirectory(to.resolve("rootfs")), "-t", "overlay", "-o", options, "overlay");
  }

  private void mount(Path at, String... what) {
    String[] line = new String[what.length + 2];
    line[0] = "mount";
    System.arraycopy(what, 0, line, 1, what.length);
    line[line.length - 1] = at.toString();
    Command.of(line).run().orFail();
    mounts.push(at);
  }

  @AfterEach
  void removeContainer() {
    if (door != null) {
      door.direct("delete", "--force", ID);
    }
    for (Path each : mounts) {
      Command.of("umount", "-l", each.toString()).run();
    }
  }

  private RuntimeDoor start(String runtime) {
    Map<String, String> environment = new HashMap<>(peers.environment());
    environment.put("STASIS_ENGINE", "private");
    environment.put("TMPDIR", temporary.toString());
    Path program = peers.criuDirectory().resolve("stasis-runc");
    door = new RuntimeDoor(runtime, program, folder, environment);
    door.directSilently("run", "--detach", "--bundle", bundle.folder().toString(), ID).orFail();
    bundle.awaitCount(3);
    String change = "echo mine >/etc/mine; /bin/busybox rm /etc/removed";
    door.direct("exec", ID, "/bin/sh", "-c", change).orFail();
    return door;
  }

  private void assertNothingIsLeft() throws IOException {
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left).as("temporary files").isEmpty();
    }
  }

  @ParameterizedTest(name = "{0}, {1}")
  @CsvSource({"runc, box.tar", "runc, oci:box", "runc, oci-archive:box.oci", "crun, box.tar"})
  void comesBackWithItsChangesInAnotherBundle(String name, String form) throws IOException {
    RuntimeDoor runtime = start(name);
    int path = form.indexOf(':') + 1;
    String archive = form.substring(0, path) + folder.resolve(form.substring(path));
    CommandResult taken = runtime.stasis("checkpoint", "--archive=" + archive, ID);
    assertThat(taken.exitStatus()).as(() -> taken + taken.errors()).isZero();
    assertThat(runtime.direct("state", ID).exitStatus()).isNotZero();
    assertNothingIsLeft();
    long before = bundle.count();

    CommandResult restored =
        runtime.stasisSilently(
            "restore", "--detach", "--bundle=" + other, "--archive=" + archive, ID);
    assertThat(restored.exitStatus()).as(restored::errors).isZero();
    bundle.awaitCount(before + 3);
    assertThat(other.resolve("rootfs/etc/mine")).hasContent("mine");
    assertThat(other.resolve("rootfs/etc/removed")).doesNotExist();
    assertNothingIsLeft();
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"runc", "crun"})
  void runsOnWhenTheArchiveCannotBeMade(String name) throws IOException {
    RuntimeDoor runtime = start(name);
    Path archive = folder.resolve("nowhere/box.tar");
    CommandResult taken = runtime.stasis("checkpoint", "--archive", archive.toString(), ID);
    assertThat(taken.exitStatus()).isEqualTo(1);
    assertThat(taken.errors()).contains("making the archive", "nowhere");
    bundle.awaitCount(bundle.count() + 3);
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left).allMatch(file -> file.toString().endsWith(".dump.log"));
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"runc", "crun"})
  void leavesTheRootDirectoryAloneWhenAsked(String name) throws IOException {
    RuntimeDoor runtime = start(name);
    String archive = "--archive=" + folder.resolve("box.tar");
    runtime.stasis("checkpoint", "--compress=gzip", archive, ID).orFail();
    long before = bundle.count();
    runtime
        .stasisSilently("restore", "--detach", "--ignore-rootfs", "--bundle=" + other, archive, ID)
        .orFail();
    bundle.awaitCount(before + 3);
    assertThat(other.resolve("rootfs/etc/mine")).doesNotExist();
    assertThat(other.resolve("rootfs/etc/removed")).exists();
  }
}

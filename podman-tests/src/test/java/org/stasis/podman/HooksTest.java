package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

@DisplayName("A container made with Stasis's hooks")
@Tag("container")
class HooksTest {
  private static final Path RECORDS = Path.of("/run/stasis/containers");

  @RegisterExtension final Podman podman = new Podman();

  private OwnEngine engine;
  private Path hooks;

  @BeforeEach
  void installHooks() throws IOException {
    Path directory = podman.peers().criuDirectory();
    Path program = directory.resolve("stasis");
    assumeTrue(Files.exists(program), "these are Stasis's own, and not of " + directory);
    engine = new OwnEngine(directory);
    hooks = podman.directory();
    try (Stream<Path> entries =
        Files.list(Peers.home().resolve("oci-hooks/src/main/dist/hooks.d"))) {
      for (Path entry : entries.toList()) {
        JsonNode json = JsonMapper.shared().readTree(Files.readString(entry));
        ObjectNode hook = (ObjectNode) json.get("hook");
        hook.put("path", program.toString());
        engine.environment().forEach((name, value) -> hook.putArray("env").add(name + "=" + value));
        Files.writeString(hooks.resolve(entry.getFileName()), json.toString());
      }
    }
  }

  @AfterEach
  void endEngine() throws IOException {
    if (engine != null) {
      engine.close();
    }
  }

  private CommandResult run(String name, String... options) {
    List<String> words = new ArrayList<>(List.of("--hooks-dir", hooks.toString()));
    words.addAll(List.of("run", "-d", "--name", name));
    words.addAll(List.of(options));
    words.addAll(List.of(podman.image("busybox"), "sh", "-c", Counting.SHELL));
    return podman.tryRun(words.toArray(String[]::new));
  }

  private Container start(String... options) {
    String name = podman.freshName();
    Container container = podman.adopt(name);
    run(name, options).orFail();
    container.awaitNumber(3);
    return container;
  }

  private void remove(Container container) {
    podman.run("--hooks-dir", hooks.toString(), "rm", "-f", "-t", "0", container.name());
  }

  private static Path record(Container container) {
    return RECORDS.resolve(container.inspect(".Id") + ".json");
  }

  @Test
  void isRecordedWithWhatIsNotItsOwnUntilItEnds() throws IOException {
    Path shared = podman.directory();
    Container container =
        start("--network", podman.network(), "--volume", shared + ":/shared", "--tty");
    Path file = record(container);

    JsonNode record = JsonMapper.shared().readTree(Files.readString(file));

    assertThat(record.at("/id").asString()).isEqualTo(container.inspect(".Id"));
    assertThat(record.at("/init/pid").asString()).isEqualTo(container.inspect(".State.Pid"));
    assertThat(record.at("/runtime/path").asString()).endsWith("/runc");
    assertThat(record.at("/terminal").asBoolean()).isTrue();
    JsonNode bind = element(record.at("/bindMounts"), "destination", "/shared");
    assertThat(bind.at("/source").asString()).isEqualTo(shared.toString());
    assertThat(bind.at("/inode").asLong()).isEqualTo(Files.getAttribute(shared, "unix:ino"));
    JsonNode network = element(record.at("/namespaces"), "type", "network");
    assertThat(Path.of(network.at("/path").asString())).exists();
    assertThat(network.at("/inode").asLong())
        .isEqualTo(Files.getAttribute(Path.of(network.at("/path").asString()), "unix:ino"));
    remove(container);
    assertThat(file).doesNotExist();
  }

  private static JsonNode element(JsonNode array, String name, String value) {
    for (JsonNode each : array) {
      if (each.get(name).asString().equals(value)) {
        return each;
      }
    }
    throw new AssertionError("no element with " + name + " " + value + " in " + array);
  }

  @Test
  void isCheckpointedAsItsAnnotationsAskAndComesBackFromAnyOfThem() throws IOException {
    Path directory = podman.directory();
    Container container =
        start(
            "--network",
            "none",
            "--annotation",
            "org.stasis.checkpoint.every=1s",
            "--annotation",
            "org.stasis.checkpoint.keep=2",
            "--annotation",
            "org.stasis.checkpoint.directory=" + directory);
    Path folder = directory.resolve(container.inspect(".Id"));
    Path first = Eventually.get("a checkpoint", () -> newest(folder), () -> engineLog(container));
    Eventually.get(
        "three more, of which two are kept",
        () -> Optional.of(Files.exists(first)).filter(there -> !there),
        () -> engineLog(container));
    Counting.assertUnbroken(container.awaitNumber(container.lastNumber() + 3));
    Path kept = podman.directory().resolve("kept");
    Path any = newest(folder).orElseThrow();
    Command.of("cp", "-a", any.toString(), kept.toString()).run().orFail();
    assertThat(kept.resolve("inventory.img")).isNotEmptyFile();

    podman.run("--hooks-dir", hooks.toString(), "container", "checkpoint", container.name());
    assertThat(record(container)).doesNotExist();
    assertThat(checkpoints(folder)).hasSizeBetween(1, 2);
    long end = container.lastNumber();
    Path images = Path.of(container.inspect(".StaticDir"), "checkpoint");
    Command.of("rm", "-r", images.toString()).run().orFail();
    Command.of("cp", "-a", kept.toString(), images.toString()).run().orFail();
    podman.run("--hooks-dir", hooks.toString(), "container", "restore", container.name());

    long said = container.awaitNumber(end + 2).size();
    assertThat(said).as("numbers, some of them said twice").isGreaterThan(end + 2);
    assertThat(record(container)).as("recorded anew").exists();
    remove(container);
  }

  private static List<Path> checkpoints(Path folder) {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(each -> each.getFileName().toString().startsWith("2")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<Path> newest(Path folder) {
    List<Path> all = checkpoints(folder);
    return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
  }

  private String engineLog(Container container) {
    return engine.log() + container.describe().getMessage();
  }

  @Test
  void isNotStartedWhenItsAnnotationsAreNotUnderstood() {
    String name = podman.freshName();
    podman.adopt(name);

    CommandResult refused =
        run(name, "--network", "none", "--annotation", "org.stasis.checkpoint.every=soon");

    assertThat(refused.exitStatus()).isNotZero();
    assertThat(refused.errors()).contains("org.stasis.checkpoint.every").contains("soon");
  }
}

package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@DisplayName("A counting shell in a container")
@Tag("container")
@Tag("any-runtime")
class CountingShellTest {
  @RegisterExtension final Podman podman = new Podman();

  @Test
  void goesOnWhereItWasWhenRestoredInPlace() {
    Container container = podman.counting("--network", "none");
    container.checkpoint();
    assertThat(container.isRunning()).isFalse();
    assertThat(container.inspect(".State.Checkpointed")).isEqualTo("true");
    long before = container.lastNumber();

    container.restore();

    Counting.assertUnbroken(container.awaitNumber(before + 5));
    assertThat(container.isRunning()).isTrue();
  }

  @Test
  void runsOnWhenLeftRunning() {
    Container container = podman.counting("--network", "none");
    container.checkpoint("--leave-running");
    assertThat(container.isRunning()).isTrue();
    Counting.assertUnbroken(container.awaitNumber(container.lastNumber() + 5));

    container.checkpoint();
    long before = container.lastNumber();
    container.restore();
    Counting.assertUnbroken(container.awaitNumber(before + 5));
  }

  @Test
  void leavesWhatItWasAskedToKeepAndTellsHowLongItTook() {
    Container container = podman.counting("--network", "none");
    Path kept = Path.of(container.inspect(".StaticDir"));

    JsonNode dump = statistics(container.checkpoint("--keep", "--print-stats"));

    assertThat(dump.at("/criu_statistics/frozen_time").asLong()).isPositive();
    assertThat(dump.at("/criu_statistics/pages_scanned").asLong()).isPositive();
    assertThat(dump.at("/criu_statistics/pages_written").asLong()).isPositive();
    assertThat(dump.at("/runtime_checkpoint_duration").asLong())
        .isGreaterThanOrEqualTo(dump.at("/criu_statistics/frozen_time").asLong());
    assertThat(kept.resolve("dump.log")).isNotEmptyFile();
    assertThat(kept.resolve("stats-dump")).isNotEmptyFile();
    assertThat(kept.resolve("checkpoint/inventory.img")).isNotEmptyFile();
    long before = container.lastNumber();

    JsonNode restore = statistics(container.restore("--keep", "--print-stats"));

    assertThat(restore.at("/criu_statistics/restore_time").asLong()).isPositive();
    assertThat(restore.at("/criu_statistics/pages_restored").asLong()).isPositive();
    assertThat(kept.resolve("restore.log")).isNotEmptyFile();
    assertThat(kept.resolve("stats-restore")).isNotEmptyFile();
    Counting.assertUnbroken(container.awaitNumber(before + 5));
  }

  private static JsonNode statistics(CommandResult result) {
    return JsonMapper.shared().readTree(result.output()).at("/container_statistics/0");
  }

  @Test
  void leavesNothingWhenNotAskedToKeep() {
    Container container = podman.counting("--network", "none");
    Path directory = Path.of(container.inspect(".StaticDir"));
    container.checkpoint();
    container.restore();

    assertThat(Files.exists(directory.resolve("checkpoint"))).isFalse();
    assertThat(Files.exists(directory.resolve("dump.log"))).isFalse();
  }

  @Test
  void endsByItselfAfterARestore() {
    Container container =
        podman.start(
            "--network",
            "none",
            podman.image("busybox"),
            "sh",
            "-c",
            "i=0; while [ ! -e /go ]; do i=$((i+1)); echo $i; sleep 0.1; done; exit 7");
    container.awaitNumber(3);
    container.checkpoint();
    container.restore();

    container.exec("touch", "/go");

    container.awaitEnd();
    assertThat(container.inspect(".State.ExitCode")).isEqualTo("7");
  }

  @Test
  void survivesTenRoundsOfCheckpointAndRestore() {
    Container container = podman.counting("--network", "none");
    for (int round = 1; round <= 10; round++) {
      container.checkpoint();
      long before = container.lastNumber();
      container.restore();
      Counting.assertUnbroken(container.awaitNumber(before + 2));
    }
  }
}

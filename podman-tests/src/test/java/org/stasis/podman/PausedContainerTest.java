package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.json.JsonMapper;

/** Docker, containerd and CRI-O pause a container, have runc make the checkpoint, and resume it. */
@DisplayName("A paused container")
@Tag("container")
class PausedContainerTest {
  @RegisterExtension final Podman podman = new Podman();

  private CommandResult runc(String... words) {
    List<String> all = new ArrayList<>(List.of("runc"));
    all.addAll(List.of(words));
    return Command.of(all, podman.peers().environment()).run();
  }

  private String status(String id) {
    String state = runc("state", id).orFail().output();
    return JsonMapper.shared().readTree(state).at("/status").asString();
  }

  private void checkpoint(String id, Path images, String... options) {
    List<String> words =
        new ArrayList<>(
            List.of("checkpoint", "--image-path", images + "", "--work-path", images + ""));
    words.addAll(List.of(options));
    words.add(id);
    CommandResult result = runc(words.toArray(String[]::new));
    assertThat(result.exitStatus())
        .as(() -> result + "\n" + LogFile.tail(images.resolve("dump.log")))
        .isZero();
    assertThat(images.resolve("inventory.img")).isNotEmptyFile();
  }

  @Test
  void isPausedAfterItsCheckpointAndGoesOnWhenResumed() {
    Container container = podman.counting("--network", "none");
    String id = container.inspect(".Id");
    runc("pause", id).orFail();
    long before = container.lastNumber();

    checkpoint(id, podman.directory().resolve("left-running"), "--leave-running");

    assertThat(status(id)).isEqualTo("paused");
    assertThat(container.lastNumber()).isEqualTo(before);
    runc("resume", id).orFail();
    Counting.assertUnbroken(container.awaitNumber(before + 5));

    runc("pause", id).orFail();
    checkpoint(id, podman.directory().resolve("ended"));
    container.awaitEnd();
  }
}

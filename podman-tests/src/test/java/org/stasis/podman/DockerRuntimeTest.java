package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A container of Docker with stasis-runc as runtime")
@Tag("container")
class DockerRuntimeTest {
  private static final String BUSYBOX = "localhost/stasis/busybox:1";

  @RegisterExtension static final Docker DOCKER = Docker.withStasisRunc("busybox");

  @Test
  void goesOnWithAllItHasThroughTwoRounds() throws IOException {
    DOCKER.requireNetworksForCheckpoints();
    DockerContainer container =
        DOCKER.start(
            "--tty",
            "--network",
            Docker.NETWORK,
            "--memory",
            "64m",
            "--tmpfs",
            "/scratch",
            "--volume",
            "/data",
            BUSYBOX,
            "sh",
            "-c",
            Counting.SHELL);
    container.awaitNumber(3);
    assertThat(container.inspect(".HostConfig.Runtime")).isEqualTo("stasis-runc");
    String address = container.address();
    container.exec("sh", "-c", "echo 1 >/scratch/a; echo 2 >/data/b; echo 3 >/c");
    for (int round = 1; round <= 2; round++) {
      String checkpoint = "round" + round;
      container.checkpoint(checkpoint);
      container.awaitEnd();
      long before = container.lastNumber();

      container.start(checkpoint);

      Counting.assertUnbroken(container.awaitNumber(before + 5));
      assertThat(container.exec("cat", "/scratch/a", "/data/b", "/c")).isEqualTo("1\n2\n3");
      assertThat(container.address()).isEqualTo(address);
      assertThat(MemoryLimit.of(Long.parseLong(container.inspect(".State.Pid"))))
          .isEqualTo(Long.toString(64 << 20));
    }
    DOCKER.run("pause", container.name());
    long paused = container.lastNumber();
    DOCKER.run("unpause", container.name());
    Counting.assertUnbroken(container.awaitNumber(paused + 2));
    DOCKER.run("stop", "--time", "0", container.name());
    assertThat(container.isRunning()).isFalse();
  }

  @Test
  void runsOnWhenLeftRunningOrRefused() throws IOException {
    DOCKER.requireNetworksForCheckpoints();
    DockerContainer container =
        DOCKER.start("--network", Docker.NETWORK, BUSYBOX, "nc", "-ll", "-p", "7", "-e", "cat");
    container.checkpoint("idle", "--leave-running");
    assertThat(container.checkpoints()).containsExactly("idle");
    try (Socket client = Dialogue.connect(container.address(), 7)) {
      assertThat(Dialogue.echo(client, "before")).isEqualTo("before");

      CommandResult refused = container.tryCheckpoint("open");

      assertThat(refused.exitStatus()).isNotZero();
      assertThat(container.logs()).contains("--tcp-established");
      assertThat(container.checkpoints()).containsExactly("idle");
      assertThat(Dialogue.echo(client, "after")).isEqualTo("after");
    }
  }
}

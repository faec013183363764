package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A Redis server with 100,000 keys")
@Tag("container")
@Tag("any-runtime")
class RedisTest {
  private static final int KEYS = 100_000;

  @RegisterExtension final Podman podman = new Podman();

  @Test
  void isThereWithEveryKeyAtItsAddressAfterExportRemovalAndImport() throws IOException {
    podman.peers().requireCriuThatDumpsTcp();
    Container container =
        podman.start(
            "--network",
            podman.network(),
            podman.image("redis"),
            "redis-server",
            "--save",
            "",
            "--protected-mode",
            "no");
    String address = container.address();
    try (RedisClient client = RedisClient.await(address, container)) {
      client.fill(KEYS);
    }
    RedisClient.awaitNone(container);
    Path archive = container.export();

    podman.adopt(container.name());
    podman.run("container", "restore", "--import", archive.toString());

    assertThat(container.address()).isEqualTo(address);
    try (RedisClient client = RedisClient.await(address, container)) {
      client.assertKeys(KEYS);
      assertThat(client.call("SET", "after", "restore")).isEqualTo("OK");
      assertThat(client.call("GET", "after")).isEqualTo("restore");
    }
  }
}

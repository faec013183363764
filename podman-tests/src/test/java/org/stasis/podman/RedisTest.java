package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A Redis server with 100,000 keys")
@Tag("container")
class RedisTest {
  private static final int KEYS = 100_000;
  private static final int BATCH = 1_000;

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
    try (RedisClient client = connect(container, address)) {
      fill(client);
    }
    awaitNoClients(container, address);
    Path archive = container.export();

    podman.adopt(container.name());
    podman.run("container", "restore", "--import", archive.toString());

    assertThat(container.address()).isEqualTo(address);
    try (RedisClient client = connect(container, address)) {
      assertThat(client.call("DBSIZE")).isEqualTo(Integer.toString(KEYS));
      assertEveryKey(client);
      assertThat(client.call("SET", "after", "restore")).isEqualTo("OK");
      assertThat(client.call("GET", "after")).isEqualTo("restore");
    }
  }

  private static String value(int key) {
    return "value " + (long) key * key;
  }

  private static void fill(RedisClient client) throws IOException {
    for (int start = 0; start < KEYS; start += BATCH) {
      for (int key = start; key < start + BATCH; key++) {
        client.send("SET", "key:" + key, value(key));
      }
      client.flush();
      for (int key = start; key < start + BATCH; key++) {
        assertThat(client.read()).isEqualTo("OK");
      }
    }
  }

  private static void assertEveryKey(RedisClient client) throws IOException {
    for (int start = 0; start < KEYS; start += BATCH) {
      for (int key = start; key < start + BATCH; key++) {
        client.send("GET", "key:" + key);
      }
      client.flush();
      for (int key = start; key < start + BATCH; key++) {
        assertThat(client.read()).as("key:%d", key).isEqualTo(value(key));
      }
    }
  }

  private static RedisClient connect(Container container, String address) {
    return Eventually.get(
        "a connection to " + address,
        () -> {
          try {
            return Optional.of(new RedisClient(address));
          } catch (IOException e) {
            return Optional.empty();
          }
        },
        () -> container.describe().getMessage());
  }

  /**
   * An open connection is refused by a checkpoint without --tcp-established: wait until it is gone.
   */
  private static void awaitNoClients(Container container, String address) {
    Eventually.get(
        "no client of " + address,
        () ->
            Optional.of(container.exec("netstat", "-tn"))
                .filter(all -> !all.contains("ESTABLISHED")),
        () -> container.exec("netstat", "-tn"));
  }
}

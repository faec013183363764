package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/** As a program meets it that is tested with Testcontainers. */
@DisplayName("A Redis server that Testcontainers started")
@Tag("container")
class DockerRedisTest {
  private static final int KEYS = 10_000;
  private static final String HOST = "DOCKER_HOST";

  @RegisterExtension static final Docker DOCKER = new Docker("redis");

  @BeforeAll
  static void tellTestcontainers() {
    System.setProperty(HOST, DOCKER.address());
  }

  @AfterAll
  static void forget() {
    System.clearProperty(HOST);
  }

  @Test
  void hasEveryKeyAfterARestoreFromAnyCheckpoint() throws IOException {
    DOCKER.requireNetworksForCheckpoints();
    try (GenericContainer<?> server =
        new GenericContainer<>(DockerImageName.parse("localhost/stasis/redis:1"))
            .withNetworkMode(Docker.NETWORK)
            .withExposedPorts(RedisClient.PORT)
            .withCommand("redis-server", "--save", "", "--protected-mode", "no")) {
      server.start();
      DockerContainer container = DOCKER.adopt(server.getContainerName().substring(1));
      String address = container.address();
      try (RedisClient client = RedisClient.await(address, container)) {
        client.fill(KEYS);
      }
      RedisClient.awaitNone(container);
      container.checkpoint("filled");
      container.awaitEnd();

      container.start("filled");

      assertThat(container.address()).isEqualTo(address);
      try (RedisClient client = RedisClient.await(address, container)) {
        client.assertKeys(KEYS);
        assertThat(client.call("SET", "after", "restore")).isEqualTo("OK");
      }
      RedisClient.awaitNone(container);
      container.checkpoint("more", "--leave-running");
      try (RedisClient client = RedisClient.await(address, container)) {
        assertThat(client.call("FLUSHALL")).isEqualTo("OK");
      }
      DOCKER.run("kill", container.name());
      container.awaitEnd();

      container.start("more");

      try (RedisClient client = RedisClient.await(address, container)) {
        client.assertKeys(KEYS);
        assertThat(client.call("GET", "after")).isEqualTo("restore");
      }
    }
  }
}

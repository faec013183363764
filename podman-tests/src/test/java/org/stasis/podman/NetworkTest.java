package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A container's network")
@Tag("container")
@Tag("any-runtime")
class NetworkTest {
  private static final int PORT = WebServer.PORT;

  @RegisterExtension final Podman podman = new Podman();

  @ParameterizedTest
  @ValueSource(strings = {"none", "host"})
  void isTheSameAfterARestore(String network) {
    Container container = podman.counting("--network", network);
    String before = container.exec("ls", "/sys/class/net");
    container.checkpoint();
    long number = container.lastNumber();

    container.restore();

    Counting.assertUnbroken(container.awaitNumber(number + 5));
    assertThat(container.exec("ls", "/sys/class/net")).isEqualTo(before);
  }

  @Test
  void servesAtTheSameAddressOnABridge() {
    Container container = serving();
    String address = container.address();
    assertThat(WebServer.page(address)).isEqualTo("still here");
    container.checkpoint();

    container.restore();

    assertThat(container.address()).isEqualTo(address);
    assertThat(WebServer.page(address)).isEqualTo("still here");
  }

  @Test
  void isANewAddressForACopyOfTheContainer() {
    Container original = serving();
    WebServer.page(original.address());
    Path archive = podman.directory().resolve("checkpoint.tar");
    original.checkpoint("--leave-running", "--export", archive.toString());

    Container copy = podman.restore(archive);

    assertThat(copy.address()).isNotEqualTo(original.address());
    assertThat(WebServer.page(copy.address())).isEqualTo("still here");
    assertThat(WebServer.page(original.address())).isEqualTo("still here");
  }

  @Test
  void isPublishedAtAnotherPortWhenAsked() throws IOException {
    podman.peers().requireCriuThatDumpsTcp();
    int before = freePort();
    Container original =
        podman.start(
            "--network",
            podman.network(),
            "--publish",
            before + ":" + PORT,
            podman.image("busybox"),
            "sh",
            "-c",
            WebServer.COMMAND);
    WebServer.page(original.address());
    assertThat(WebServer.page(host(), before)).isEqualTo("still here");
    Path archive = original.export();
    int after = freePort();

    podman.restore(archive, "--publish", after + ":" + PORT);

    assertThat(WebServer.page(host(), after)).isEqualTo("still here");
    assertThatThrownBy(() -> new Socket(host(), before).close())
        .isInstanceOf(ConnectException.class);
  }

  /** Where published ports are: the host's end of the bridge. */
  private String host() {
    return podman
        .run(
            "network",
            "inspect",
            "--format",
            "{{range .Subnets}}{{.Gateway}}{{end}}",
            podman.network())
        .line();
  }

  private static int freePort() throws IOException {
    try (ServerSocket any = new ServerSocket(0)) {
      return any.getLocalPort();
    }
  }

  @Test
  void keepsAConnectionFromOutsideOfTheContainer() throws IOException {
    podman.peers().requireCriuThatDumpsTcp();
    Container container =
        podman.start(
            "--network",
            podman.network(),
            podman.image("busybox"),
            "nc",
            "-l",
            "-p",
            Integer.toString(PORT),
            "-e",
            "cat");
    try (Socket client = Dialogue.connect(container.address(), PORT)) {
      assertThat(Dialogue.echo(client, "before")).isEqualTo("before");
      container.checkpoint("--tcp-established");

      container.restore("--tcp-established");

      assertThat(Dialogue.echo(client, "after")).isEqualTo("after");
      container.checkpoint("--tcp-established", "--leave-running");
      assertThat(Dialogue.echo(client, "and once more")).isEqualTo("and once more");
      Path archive = podman.directory().resolve("checkpoint.tar");
      container.checkpoint("--tcp-established", "--export", archive.toString());
      podman.run("rm", container.name());

      podman.run("container", "restore", "--tcp-established", "--import", archive.toString());

      assertThat(Dialogue.echo(client, "imported")).isEqualTo("imported");
    }
    container.awaitEnd();
  }

  @Test
  void isNotWrittenWithAConnectionUnasked() throws IOException {
    podman.peers().requireCriuThatDumpsTcp();
    Container container =
        podman.start(
            "--network",
            podman.network(),
            podman.image("busybox"),
            "nc",
            "-l",
            "-p",
            Integer.toString(PORT),
            "-e",
            "cat");
    try (Socket client = Dialogue.connect(container.address(), PORT)) {
      assertThat(Dialogue.echo(client, "before")).isEqualTo("before");

      CommandResult refused = podman.tryRun("container", "checkpoint", container.name());

      assertThat(refused.exitStatus()).isNotZero();
      assertThat(container.describe()).hasMessageContaining("--tcp-established");
      assertThat(Dialogue.echo(client, "after")).isEqualTo("after");
    }
  }

  private Container serving() {
    podman.peers().requireCriuThatDumpsTcp();
    return podman.start(
        "--network", podman.network(), podman.image("busybox"), "sh", "-c", WebServer.COMMAND);
  }
}

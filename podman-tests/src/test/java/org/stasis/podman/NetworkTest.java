package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A container's network")
@Tag("container")
class NetworkTest {
  private static final int PORT = 8080;
  private static final int PATIENCE_MILLIS = 30_000;
  private static final String SERVER =
      "mkdir /www; echo 'still here' >/www/index.html; exec httpd -f -p " + PORT + " -h /www";

  @RegisterExtension final Podman podman = new Podman();

  @ParameterizedTest
  @ValueSource(strings = {"none", "host"})
  void isTheSameAfterARestore(String network) {
    Container container =
        podman.start("--network", network, podman.image("busybox"), "sh", "-c", Counting.SHELL);
    container.awaitNumber(3);
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
    assertThat(page(address)).isEqualTo("still here");
    container.checkpoint();

    container.restore();

    assertThat(container.address()).isEqualTo(address);
    assertThat(page(address)).isEqualTo("still here");
  }

  @Test
  void isANewAddressForACopyOfTheContainer() {
    Container original = serving();
    page(original.address());
    Path archive = podman.directory().resolve("checkpoint.tar");
    original.checkpoint("--leave-running", "--export", archive.toString());

    Container copy = podman.restore(archive);

    assertThat(copy.address()).isNotEqualTo(original.address());
    assertThat(page(copy.address())).isEqualTo("still here");
    assertThat(page(original.address())).isEqualTo("still here");
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
    try (Socket client = connect(container.address())) {
      assertThat(echo(client, "before")).isEqualTo("before");
      container.checkpoint("--tcp-established");

      container.restore("--tcp-established");

      assertThat(echo(client, "after")).isEqualTo("after");
      container.checkpoint("--tcp-established", "--leave-running");
      assertThat(echo(client, "and once more")).isEqualTo("and once more");
      Path archive = podman.directory().resolve("checkpoint.tar");
      container.checkpoint("--tcp-established", "--export", archive.toString());
      podman.run("rm", container.name());

      podman.run("container", "restore", "--tcp-established", "--import", archive.toString());

      assertThat(echo(client, "imported")).isEqualTo("imported");
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
    try (Socket client = connect(container.address())) {
      assertThat(echo(client, "before")).isEqualTo("before");

      CommandResult refused = podman.tryRun("container", "checkpoint", container.name());

      assertThat(refused.exitStatus()).isNotZero();
      assertThat(container.describe()).hasMessageContaining("--tcp-established");
      assertThat(echo(client, "after")).isEqualTo("after");
    }
  }

  /** Connects as soon as the server listens. */
  private static Socket connect(String address) {
    return Eventually.get(
        "a connection to " + address,
        () -> {
          try {
            Socket socket = new Socket(address, PORT);
            socket.setSoTimeout(PATIENCE_MILLIS);
            return Optional.of(socket);
          } catch (ConnectException e) {
            return Optional.empty();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        () -> "the server did not listen");
  }

  private static String echo(Socket client, String text) throws IOException {
    client.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    byte[] answer = client.getInputStream().readNBytes(text.length());
    return new String(answer, StandardCharsets.UTF_8);
  }

  private Container serving() {
    podman.peers().requireCriuThatDumpsTcp();
    return podman.start("--network", podman.network(), podman.image("busybox"), "sh", "-c", SERVER);
  }

  /** The served page, once the server answers. */
  private static String page(String address) {
    return Eventually.get(
        "a page from " + address,
        () -> {
          try (var stream =
              URI.create("http://" + address + ":" + PORT + "/").toURL().openStream()) {
            return Optional.of(new String(stream.readAllBytes(), StandardCharsets.UTF_8).strip());
          } catch (ConnectException e) {
            return Optional.empty();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        () -> "the server did not answer");
  }
}

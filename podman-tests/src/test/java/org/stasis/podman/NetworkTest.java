package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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
            return java.util.Optional.of(
                new String(stream.readAllBytes(), StandardCharsets.UTF_8).strip());
          } catch (java.net.ConnectException e) {
            return java.util.Optional.empty();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        () -> "the server did not answer");
  }
}

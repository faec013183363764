package org.stasis.podman;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A web server that busybox has, in a container. */
final class WebServer {
  static final int PORT = 8080;

  /** What its page says. */
  static final String PAGE = "still here";

  /** For a shell. */
  static final String COMMAND =
      "mkdir /www; echo '" + PAGE + "' >/www/index.html; exec httpd -f -p " + PORT + " -h /www";

  private WebServer() {}

  /** The served page, once the server answers. */
  static String page(String address) {
    return page(address, PORT);
  }

  /** The page served at a port that was published. */
  static String page(String address, int port) {
    return Eventually.get(
        "a page from " + address,
        () -> {
          try (var stream =
              URI.create("http://" + address + ":" + port + "/").toURL().openStream()) {
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

package org.stasis.podman;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Talking over TCP to a server that sends back what it gets. */
final class Dialogue {
  private static final int PATIENCE_MILLIS = 30_000;

  private Dialogue() {}

  /** Connects as soon as the server listens. */
  static Socket connect(String address, int port) {
    return Eventually.get(
        "a connection to " + address,
        () -> {
          try {
            Socket socket = new Socket(address, port);
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

  /** Sends a text and reads as much. */
  static String echo(Socket client, String text) throws IOException {
    client.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    byte[] answer = client.getInputStream().readNBytes(text.length());
    return new String(answer, StandardCharsets.UTF_8);
  }
}

package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Speaks enough of the Redis protocol (RESP2) to fill a server and to read it back. */
final class RedisClient implements AutoCloseable {
  static final int PORT = 6379;
  private static final int BATCH = 1_000;
  private static final int TIMEOUT_MILLIS = 30_000;

  private final Socket socket = new Socket();
  private final InputStream in;
  private final OutputStream out;

  RedisClient(String address) throws IOException {
    socket.connect(new InetSocketAddress(address, PORT), TIMEOUT_MILLIS);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    in = new BufferedInputStream(socket.getInputStream());
    out = new BufferedOutputStream(socket.getOutputStream());
  }

  /** Connects as soon as the server listens. */
  static RedisClient await(String address, ToolContainer container) {
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
   * Waits until no connection is open: a checkpoint without --tcp-established refuses open ones.
   */
  static void awaitNone(ToolContainer container) {
    Eventually.get(
        "no client of " + container.name(),
        () ->
            Optional.of(container.exec("netstat", "-tn"))
                .filter(all -> !all.contains("ESTABLISHED")),
        () -> container.exec("netstat", "-tn"));
  }

  private static String value(int key) {
    return "value " + (long) key * key;
  }

  /** Sets so many keys, each to a value of its own. */
  void fill(int keys) throws IOException {
    for (int start = 0; start < keys; start += BATCH) {
      for (int key = start; key < start + BATCH; key++) {
        send("SET", "key:" + key, value(key));
      }
      flush();
      for (int key = start; key < start + BATCH; key++) {
        assertThat(read()).isEqualTo("OK");
      }
    }
  }

  /** That all keys that {@link #fill} set are there with their values. */
  void assertKeys(int keys) throws IOException {
    assertThat(Integer.parseInt(String.valueOf(call("DBSIZE")))).isGreaterThanOrEqualTo(keys);
    for (int start = 0; start < keys; start += BATCH) {
      for (int key = start; key < start + BATCH; key++) {
        send("GET", "key:" + key);
      }
      flush();
      for (int key = start; key < start + BATCH; key++) {
        assertThat(read()).as("key:%d", key).isEqualTo(value(key));
      }
    }
  }

  /** Sends a command; its answer is read later with {@link #read}, in the same order. */
  void send(String... words) throws IOException {
    StringBuilder text = new StringBuilder("*").append(words.length).append("\r\n");
    for (String word : words) {
      text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    out.write(text.toString().getBytes(StandardCharsets.US_ASCII));
  }

  void flush() throws IOException {
    out.flush();
  }

  /** The next answer: a status, an integer or a string; null when there is no such key. */
  @Nullable String read() throws IOException {
    String line = readLine();
    return switch (line.charAt(0)) {
      case '+', ':' -> line.substring(1);
      case '$' -> {
        int length = Integer.parseInt(line.substring(1));
        if (length < 0) {
          yield null;
        }
        String value = new String(in.readNBytes(length), StandardCharsets.US_ASCII);
        in.readNBytes(2);
        yield value;
      }
      default -> throw new IOException("the server answers " + line);
    };
  }

  /** Sends a command and reads its answer. */
  @Nullable String call(String... words) throws IOException {
    send(words);
    flush();
    return read();
  }

  private String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\r'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the server closed the connection after '" + line + "'");
      }
      line.append((char) c);
    }
    in.readNBytes(1);
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}

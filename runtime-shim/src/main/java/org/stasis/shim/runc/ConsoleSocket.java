package org.stasis.shim.runc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Fd;
import org.stasis.linux.Poll;
import org.stasis.linux.SyscallException;
import org.stasis.linux.socket.QueueWalk;
import org.stasis.linux.socket.QueuedPacket;
import org.stasis.linux.socket.Socket;

/**
 * The Unix socket that a runtime sends the master of a container's terminal to, a descriptor with
 * the terminal's name, for a caller who waits for the container and has no such socket.
 */
final class ConsoleSocket implements AutoCloseable {
  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_CLOEXEC = 02000000;

  /** The runtime has sent it before it ended. */
  private static final int WAIT_MILLIS = 10_000;

  private final Path path;
  private final Fd listening;
  private @Nullable Fd master;

  private ConsoleSocket(Path path, Fd listening) {
    this.path = path;
    this.listening = listening;
  }

  /**
   * Makes it.
   *
   * @param path its name, where nothing is yet
   */
  static ConsoleSocket listen(Path path) throws SyscallException {
    Fd socket = Socket.open(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
    try {
      Socket.bind(
          socket,
          ByteBuffer.allocate(Short.BYTES + name.length + 1)
              .order(ByteOrder.nativeOrder())
              .putShort((short) AF_UNIX)
              .put(name)
              .array());
      Socket.listen(socket, 1);
      return new ConsoleSocket(path, socket);
    } catch (SyscallException e) {
      socket.close();
      throw e;
    }
  }

  Path path() {
    return path;
  }

  /**
   * Takes what the runtime has sent.
   *
   * @throws IOException when it is no terminal
   */
  void receive() throws IOException {
    if (Poll.await(listening, Poll.POLLIN, WAIT_MILLIS) == 0) {
      throw new IOException("the runtime sent no terminal to " + path);
    }
    try (Fd connection = Socket.accept(listening)) {
      Poll.await(connection, Poll.POLLIN, WAIT_MILLIS);
      QueuedPacket packet = QueueWalk.of(connection, SOCK_STREAM).next();
      if (packet == null || packet.rights().size() != 1) {
        throw new IOException("the runtime sent something else than a terminal to " + path);
      }
      master = packet.rights().getFirst();
    }
  }

  /** Gives away what was received; null when there is nothing, or nothing any more. */
  @Nullable Fd take() {
    Fd taken = master;
    master = null;
    return taken;
  }

  @Override
  public void close() throws IOException {
    try (listening;
        Fd _ = take()) {
      Files.deleteIfExists(path);
    }
  }
}

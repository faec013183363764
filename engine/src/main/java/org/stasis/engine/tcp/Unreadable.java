package org.stasis.engine.tcp;

import static org.stasis.linux.socket.SocketOption.SOL_TCP;

import java.nio.charset.StandardCharsets;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;
import org.stasis.linux.socket.Socket;
import org.stasis.linux.socket.SocketOption;

/** What repair mode does not tell about a connection. */
public final class Unreadable {
  private static final int NAME_BYTES = 16; // TCP_ULP_NAME_MAX

  private Unreadable() {}

  /**
   * Why a connection can't be carried.
   *
   * @param socket a duplicate
   * @return the reason; empty when it can
   * @throws SyscallException when it cannot be asked
   */
  public static String reason(Fd socket) throws SyscallException {
    byte[] protocol = upperProtocol(socket);
    if (protocol.length > 0 && protocol[0] != 0) {
      String name = new String(protocol, StandardCharsets.US_ASCII).trim();
      return "the kernel speaks " + name + " on it (TCP_ULP), whose state it does not tell";
    }
    return Socket.hasUrgent(socket) ? "an urgent byte (MSG_OOB) waits in its queue" : "";
  }

  private static byte[] upperProtocol(Fd socket) throws SyscallException {
    try {
      return Socket.bytes(socket, SOL_TCP, SocketOption.TCP_ULP, NAME_BYTES);
    } catch (SyscallException e) {
      if (e.is(Errno.ENOPROTOOPT)) {
        return new byte[0];
      }
      throw e;
    }
  }
}

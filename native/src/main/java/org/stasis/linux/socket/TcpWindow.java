package org.stasis.linux.socket;

import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;

/**
 * {@code struct tcp_repair_window} of linux/tcp.h: the windows of a connection in repair mode.
 *
 * @param sndWl1 sequence number of the segment that last updated the peer's window
 * @param sndWnd the peer's window, in bytes
 * @param maxWindow the largest window the peer ever had, in bytes
 * @param rcvWnd our window, in bytes
 * @param rcvWup sequence number that our window was last announced at
 */
public record TcpWindow(int sndWl1, int sndWnd, int maxWindow, int rcvWnd, int rcvWup) {
  private static final int SIZE = 5 * Integer.BYTES;

  /**
   * Asks a socket.
   *
   * @param socket a TCP socket in repair mode
   * @return the answer
   * @throws SyscallException EPERM when it is not in repair mode
   */
  public static TcpWindow of(Fd socket) throws SyscallException {
    byte[] window =
        Socket.bytes(socket, SocketOption.SOL_TCP, SocketOption.TCP_REPAIR_WINDOW, SIZE);
    return new TcpWindow(
        SocketBytes.intAt(window, 0),
        SocketBytes.intAt(window, 4),
        SocketBytes.intAt(window, 8),
        SocketBytes.intAt(window, 12),
        SocketBytes.intAt(window, 16));
  }
}

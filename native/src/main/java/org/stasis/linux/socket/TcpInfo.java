package org.stasis.linux.socket;

import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;

/**
 * The part of {@code struct tcp_info} that a dump needs, tcp(7).
 *
 * @param state one of the constants here
 * @param options {@code TCPI_OPT_} bits
 * @param sendScale window scale of the peer's window, snd_wscale
 * @param receiveScale window scale of our window, rcv_wscale
 * @param unacked of a listener: connections that wait for accept(2)
 * @param sacked of a listener: its backlog
 */
public record TcpInfo(
    int state, int options, int sendScale, int receiveScale, int unacked, int sacked) {
  public static final int ESTABLISHED = 1;
  public static final int SYN_SENT = 2;
  public static final int SYN_RECV = 3;
  public static final int FIN_WAIT1 = 4;
  public static final int FIN_WAIT2 = 5;
  public static final int TIME_WAIT = 6;
  public static final int CLOSE = 7;
  public static final int CLOSE_WAIT = 8;
  public static final int LAST_ACK = 9;
  public static final int LISTEN = 10;
  public static final int CLOSING = 11;

  public static final int TCPI_OPT_TIMESTAMPS = 1;
  public static final int TCPI_OPT_SACK = 2;
  public static final int TCPI_OPT_WSCALE = 4;

  // offsets in struct tcp_info; the scales share a byte, the peer's in the low half
  private static final int STATE = 0;
  private static final int OPTIONS = 5;
  private static final int SCALES = 6;
  private static final int UNACKED = 24;
  private static final int SACKED = 28;
  private static final int SIZE = 32;

  /**
   * Asks a socket.
   *
   * @param socket a TCP socket
   * @return the answer
   * @throws SyscallException getsockopt(2)
   */
  public static TcpInfo of(Fd socket) throws SyscallException {
    byte[] info = Socket.bytes(socket, SocketOption.SOL_TCP, SocketOption.TCP_INFO, SIZE);
    return new TcpInfo(
        info[STATE],
        info[OPTIONS] & 0xff,
        info[SCALES] & 15,
        (info[SCALES] >> 4) & 15,
        SocketBytes.intAt(info, UNACKED),
        SocketBytes.intAt(info, SACKED));
  }
}

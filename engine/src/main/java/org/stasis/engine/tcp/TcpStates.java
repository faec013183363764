package org.stasis.engine.tcp;

import static org.stasis.linux.socket.TcpInfo.CLOSE;
import static org.stasis.linux.socket.TcpInfo.CLOSE_WAIT;
import static org.stasis.linux.socket.TcpInfo.CLOSING;
import static org.stasis.linux.socket.TcpInfo.ESTABLISHED;
import static org.stasis.linux.socket.TcpInfo.FIN_WAIT1;
import static org.stasis.linux.socket.TcpInfo.FIN_WAIT2;
import static org.stasis.linux.socket.TcpInfo.LAST_ACK;
import static org.stasis.linux.socket.TcpInfo.SYN_SENT;

/** What the states of a connection mean for its sequence numbers. A FIN takes one, like a byte. */
public final class TcpStates {
  private TcpStates() {}

  /**
   * Whether a socket in this state has a connection that is carried.
   *
   * @param state of {@link org.stasis.linux.socket.TcpInfo}
   * @return true for all but unconnected and half-open ones
   */
  public static boolean isConnection(int state) {
    return switch (state) {
      case ESTABLISHED, SYN_SENT, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, LAST_ACK, CLOSING -> true;
      default -> false;
    };
  }

  /**
   * Whether our end is finished.
   *
   * @param state of the connection
   * @return true when a FIN is at the end of the send queue, or was there
   */
  static boolean finSent(int state) {
    return switch (state) {
      case FIN_WAIT1, FIN_WAIT2, LAST_ACK, CLOSING, CLOSE -> true;
      default -> false;
    };
  }

  /**
   * Whether the peer's end is finished.
   *
   * @param state of the connection
   * @return true when its FIN has come
   */
  static boolean finReceived(int state) {
    return switch (state) {
      case CLOSE_WAIT, LAST_ACK, CLOSING, CLOSE -> true;
      default -> false;
    };
  }
}

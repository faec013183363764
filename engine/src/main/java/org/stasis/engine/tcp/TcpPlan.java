package org.stasis.engine.tcp;

import static org.stasis.linux.socket.SocketOption.SOL_TCP;
import static org.stasis.linux.socket.SocketOption.TCP_QUEUE_SEQ;
import static org.stasis.linux.socket.SocketOption.TCP_RECV_QUEUE;
import static org.stasis.linux.socket.SocketOption.TCP_REPAIR;
import static org.stasis.linux.socket.SocketOption.TCP_REPAIR_OFF_NO_WP;
import static org.stasis.linux.socket.SocketOption.TCP_REPAIR_ON;
import static org.stasis.linux.socket.SocketOption.TCP_REPAIR_OPTIONS;
import static org.stasis.linux.socket.SocketOption.TCP_REPAIR_QUEUE;
import static org.stasis.linux.socket.SocketOption.TCP_SEND_QUEUE;
import static org.stasis.linux.socket.SocketOption.TCP_TIMESTAMP;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.stasis.engine.inet.InetAddress;
import org.stasis.engine.sockets.SocketProgram;
import org.stasis.images.proto.InetSkEntry;
import org.stasis.images.proto.TcpStreamEntry;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.socket.TcpInfo;

/**
 * Plans what a task does to make a connection: an unused socket, put into repair mode, is told its
 * sequence numbers and connected without a packet. Queues and the rest of its state are the
 * engine's work, {@link TcpRestore}.
 */
public final class TcpPlan {
  private static final int OPTION_MSS = 2;
  private static final int OPTION_WINDOW = 3;
  private static final int OPTION_SACK = 4;
  private static final int OPTION_TIMESTAMP = 8;
  private static final int MOST_OPTION_BYTES = 4 * 2 * Integer.BYTES;

  private TcpPlan() {}

  /**
   * Plans a connection's socket, which has all that must be set before it gets a name.
   *
   * @param socket as the image has it
   * @param stream as the image has it
   * @param fd its descriptor
   * @param to takes the calls
   */
  public static void plan(
      InetSkEntry socket, TcpStreamEntry stream, Argument fd, SocketProgram to) {
    int state = socket.getState();
    InetAddress source = InetAddress.source(socket);
    InetAddress destination = InetAddress.destination(socket);
    String what = "TCP connection " + source + " to " + destination;
    to.why("beginning to repair " + what, "Repair mode needs CAP_NET_ADMIN.");
    to.set(fd, SOL_TCP, TCP_REPAIR, TCP_REPAIR_ON);
    sequence(fd, TCP_SEND_QUEUE, sendStart(state, stream), to);
    sequence(fd, TCP_RECV_QUEUE, receiveStart(state, stream), to);
    to.why(
        "binding " + what, "The address must be one of this machine's; bring the network along.");
    to.bind(fd, source.bytes());
    if (state == TcpInfo.SYN_SENT) { // the engine connects it again, at the end
      to.set(fd, SOL_TCP, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP);
      return;
    }
    to.why(
        "connecting " + what,
        "There must be a route to the peer, and no other connection between the two.");
    to.connect(fd, destination.bytes());
    to.why("setting what was agreed on for " + what, "");
    to.set(fd, SOL_TCP, TCP_REPAIR_OPTIONS, options(stream));
    if ((stream.getOptMask() & TcpInfo.TCPI_OPT_TIMESTAMPS) != 0) {
      to.set(fd, SOL_TCP, TCP_TIMESTAMP, stream.getTimestamp());
    }
  }

  private static void sequence(Argument fd, int queue, int start, SocketProgram to) {
    to.set(fd, SOL_TCP, TCP_REPAIR_QUEUE, queue);
    to.set(fd, SOL_TCP, TCP_QUEUE_SEQ, start);
  }

  /** Where the send queue begins: before what is in it, a FIN and a SYN included. */
  static int sendStart(int state, TcpStreamEntry stream) {
    int extra = TcpStates.finSent(state) || state == TcpInfo.SYN_SENT ? 1 : 0;
    return stream.getOutqSeq() - stream.getOutqLen() - extra;
  }

  /** Where the receive queue begins: before what is in it, a FIN included. */
  static int receiveStart(int state, TcpStreamEntry stream) {
    return stream.getInqSeq() - stream.getInqLen() - (TcpStates.finReceived(state) ? 1 : 0);
  }

  /** Pairs of {@code struct tcp_repair_opt}: a TCP option's number and its value. */
  private static byte[] options(TcpStreamEntry stream) {
    ByteBuffer options = ByteBuffer.allocate(MOST_OPTION_BYTES).order(ByteOrder.nativeOrder());
    options.putInt(OPTION_MSS).putInt(stream.getMssClamp());
    if ((stream.getOptMask() & TcpInfo.TCPI_OPT_WSCALE) != 0) {
      options.putInt(OPTION_WINDOW).putInt(stream.getSndWscale() | stream.getRcvWscale() << 16);
    }
    if ((stream.getOptMask() & TcpInfo.TCPI_OPT_SACK) != 0) {
      options.putInt(OPTION_SACK).putInt(0);
    }
    if ((stream.getOptMask() & TcpInfo.TCPI_OPT_TIMESTAMPS) != 0) {
      options.putInt(OPTION_TIMESTAMP).putInt(0);
    }
    byte[] bytes = new byte[options.position()];
    options.get(0, bytes);
    return bytes;
  }
}

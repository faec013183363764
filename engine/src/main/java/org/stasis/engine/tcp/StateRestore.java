package org.stasis.engine.tcp;

import static org.stasis.linux.socket.SocketOption.AF_INET;
import static org.stasis.linux.socket.SocketOption.AF_INET6;
import static org.stasis.linux.socket.SocketOption.IPPROTO_RAW;
import static org.stasis.linux.socket.SocketOption.SHUT_WR;
import static org.stasis.linux.socket.SocketOption.SOCK_RAW;
import static org.stasis.linux.socket.SocketOption.SOL_SOCKET;
import static org.stasis.linux.socket.SocketOption.SOL_TCP;
import static org.stasis.linux.socket.SocketOption.SO_MARK;
import static org.stasis.linux.socket.SocketOption.TCP_REPAIR_QUEUE;
import static org.stasis.linux.socket.SocketOption.TCP_REPAIR_WINDOW;
import static org.stasis.linux.socket.SocketOption.TCP_SEND_QUEUE;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.locks.LockSupport;
import org.stasis.engine.tcp.TcpRestore.Connection;
import org.stasis.images.proto.TcpStreamEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;
import org.stasis.linux.socket.Socket;
import org.stasis.linux.socket.TcpInfo;

/**
 * Brings a connection whose queues are full from ESTABLISHED to the state it was in. What its own
 * program had done, shutdown(2) does again, in repair mode and thus unheard; what the peer had
 * said, a segment says that is made up here and sent to our end alone. Runs in the connection's
 * network namespace.
 */
final class StateRestore {
  private static final long DEADLINE_NANOS = 10_000_000_000L;
  private static final long LOOK_AGAIN_NANOS = 200_000;
  private static final int MOST_WINDOW = 0xffff;
  private static final int IPV6_BYTES = 16;
  private static final int WINDOW_BYTES = 5 * Integer.BYTES;

  private final Fd socket;
  private final Connection connection;
  private final TcpStreamEntry stream;

  StateRestore(Fd socket, Connection connection) {
    this.socket = socket;
    this.connection = connection;
    this.stream = connection.stream();
  }

  void reach() throws SyscallException {
    int state = connection.socket().getState();
    int sent = stream.getOutqSeq() - stream.getUnsqLen();
    int acknowledged = TcpPlan.sendStart(state, stream); // what the peer had acknowledged so far
    // a FIN behind bytes that have not been sent yet comes after them, when the socket is let go
    boolean finish = TcpStates.finSent(state) && stream.getUnsqLen() == 0;
    switch (state) {
      case TcpInfo.CLOSE_WAIT -> peerFinishes(acknowledged, TcpInfo.CLOSE_WAIT);
      case TcpInfo.FIN_WAIT1 -> {
        if (finish) {
          shutDown(TcpInfo.FIN_WAIT1);
        }
      }
      case TcpInfo.FIN_WAIT2 -> {
        shutDown(TcpInfo.FIN_WAIT1);
        say(Segment.ACK, stream.getInqSeq(), sent, TcpInfo.FIN_WAIT2);
      }
      case TcpInfo.CLOSING -> {
        shutDown(TcpInfo.FIN_WAIT1);
        peerFinishes(acknowledged, TcpInfo.CLOSING);
      }
      case TcpInfo.LAST_ACK -> {
        peerFinishes(acknowledged, TcpInfo.CLOSE_WAIT);
        if (finish) {
          shutDown(TcpInfo.LAST_ACK);
        }
      }
      case TcpInfo.CLOSE -> { // this way nothing is left in TIME_WAIT
        peerFinishes(acknowledged, TcpInfo.CLOSE_WAIT);
        shutDown(TcpInfo.LAST_ACK);
        say(Segment.ACK, stream.getInqSeq(), sent, TcpInfo.CLOSE);
      }
      default -> {} // established; or connecting, which is let go as it is
    }
    if (stream.hasSndWnd()
        && state != TcpInfo.SYN_SENT
        && state != TcpInfo.CLOSE) { // it counts the peer's FIN, too
      Socket.setOption(socket, SOL_TCP, TCP_REPAIR_WINDOW, window());
    }
  }

  private byte[] window() {
    return ByteBuffer.allocate(WINDOW_BYTES)
        .order(ByteOrder.nativeOrder())
        .putInt(stream.getSndWl1())
        .putInt(stream.getSndWnd())
        .putInt(stream.getMaxWindow())
        .putInt(stream.getRcvWnd())
        .putInt(stream.getRcvWup())
        .array();
  }

  private void shutDown(int next) throws SyscallException {
    Socket.setOption(socket, SOL_TCP, TCP_REPAIR_QUEUE, TCP_SEND_QUEUE);
    Socket.shutdown(socket, SHUT_WR);
    await(next);
  }

  private void peerFinishes(int acknowledged, int next) throws SyscallException {
    say(Segment.FIN | Segment.ACK, stream.getInqSeq() - 1, acknowledged, next);
  }

  private void say(int flags, int sequence, int acknowledgement, int next) throws SyscallException {
    int window = Math.min(stream.getSndWnd() >>> stream.getSndWscale(), MOST_WINDOW);
    byte[] packet =
        Segment.packet(
            connection.destination(),
            connection.source(),
            sequence,
            acknowledgement,
            flags,
            window);
    byte[] here = connection.source().network();
    boolean six = here.length == IPV6_BYTES;
    try (Fd raw = Socket.open(six ? AF_INET6 : AF_INET, SOCK_RAW, IPPROTO_RAW)) {
      Socket.setOption(raw, SOL_SOCKET, SO_MARK, ConnectionLock.MARK);
      Socket.sendTo(raw, packet, 0, address(here, six));
    }
    await(next);
  }

  /** A {@code sockaddr} without a port, which raw sockets take for a protocol. */
  private static byte[] address(byte[] network, boolean six) {
    return ByteBuffer.allocate(six ? 28 : 16)
        .order(ByteOrder.nativeOrder())
        .putShort((short) (six ? AF_INET6 : AF_INET))
        .position(six ? 8 : 4)
        .put(network)
        .array();
  }

  private void await(int state) throws SyscallException {
    long deadline = System.nanoTime() + DEADLINE_NANOS;
    while (TcpInfo.of(socket).state() != state) {
      if (System.nanoTime() - deadline > 0) {
        throw new SyscallException(
            "TCP state " + TcpInfo.of(socket).state() + " where " + state + " was expected",
            Errno.ETIMEDOUT.number());
      }
      LockSupport.parkNanos(LOOK_AGAIN_NANOS);
    }
  }
}

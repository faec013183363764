package org.stasis.engine.tcp;

import static org.stasis.linux.socket.SocketOption.AF_INET;
import static org.stasis.linux.socket.SocketOption.MSG_DONTWAIT;
import static org.stasis.linux.socket.SocketOption.SIOCINQ;
import static org.stasis.linux.socket.SocketOption.SIOCOUTQ;
import static org.stasis.linux.socket.SocketOption.SIOCOUTQNSD;
import static org.stasis.linux.socket.SocketOption.SOCK_STREAM;
import static org.stasis.linux.socket.SocketOption.SOL_SOCKET;
import static org.stasis.linux.socket.SocketOption.SOL_TCP;
import static org.stasis.linux.socket.SocketOption.SO_REUSEADDR;
import static org.stasis.linux.socket.SocketOption.TCP_MAXSEG;
import static org.stasis.linux.socket.SocketOption.TCP_QUEUE_SEQ;
import static org.stasis.linux.socket.SocketOption.TCP_RECV_QUEUE;
import static org.stasis.linux.socket.SocketOption.TCP_REPAIR;
import static org.stasis.linux.socket.SocketOption.TCP_REPAIR_OFF_NO_WP;
import static org.stasis.linux.socket.SocketOption.TCP_REPAIR_ON;
import static org.stasis.linux.socket.SocketOption.TCP_REPAIR_QUEUE;
import static org.stasis.linux.socket.SocketOption.TCP_SEND_QUEUE;
import static org.stasis.linux.socket.SocketOption.TCP_TIMESTAMP;

import java.util.Arrays;
import org.stasis.images.proto.TcpStreamEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;
import org.stasis.linux.socket.Socket;
import org.stasis.linux.socket.TcpInfo;
import org.stasis.linux.socket.TcpWindow;

/**
 * Reads a connection. It is in repair mode for as short as can be: a program whose socket stayed in
 * that mode, because the engine was killed meanwhile, could not use it any more.
 */
final class TcpCapture {
  private static final int ROOM_BYTES = 64 << 10; // acknowledged bytes may still lie in the queue

  private TcpCapture() {}

  /**
   * A connection as images keep it.
   *
   * @param entry its state
   * @param queues what is in its receive queue, then what is in its send queue
   */
  record Stream(TcpStreamEntry entry, byte[] queues) {}

  /**
   * What is told in repair mode only.
   *
   * @param window both ends' windows
   * @param received sequence number after the receive queue
   * @param written sequence number after the send queue
   * @param in the receive queue
   * @param out the send queue
   */
  private record Repaired(TcpWindow window, int received, int written, byte[] in, byte[] out) {}

  /**
   * Loads whatever reading needs, by reading a socket of our own.
   *
   * @throws SyscallException EPERM without CAP_NET_ADMIN
   */
  static void prepare() throws SyscallException {
    try (Fd unused = Socket.open(AF_INET, SOCK_STREAM, 0)) {
      Socket.setOption(unused, SOL_TCP, TCP_REPAIR, TCP_REPAIR_ON);
      read(unused, TcpInfo.CLOSE);
    }
  }

  /**
   * Reads a connection that is silent.
   *
   * @param socket a duplicate of the task's
   * @param state that it is known to be in
   * @return the connection
   * @throws SyscallException when the kernel does not tell; ECONNABORTED when it is in that state
   *     no more, for example because a time it had been given is over
   */
  static Stream read(Fd socket, int state) throws SyscallException {
    TcpInfo info = TcpInfo.of(socket);
    if (info.state() != state) {
      throw new SyscallException(
          "TCP state " + info.state() + " where " + state + " was", Errno.ECONNABORTED.number());
    }
    boolean idle = state == TcpInfo.SYN_SENT || state == TcpInfo.CLOSE; // a SYN is no byte
    int fin = TcpStates.finSent(state) ? 1 : 0;
    int unread = socket.ioctlInt(SIOCINQ, "SIOCINQ");
    int unacknowledged = idle ? 0 : withoutFin(socket.ioctlInt(SIOCOUTQ, "SIOCOUTQ"), fin);
    int unsent = idle ? 0 : withoutFin(socket.ioctlInt(SIOCOUTQNSD, "SIOCOUTQNSD"), fin);
    TcpStreamEntry.Builder entry =
        TcpStreamEntry.newBuilder()
            .setInqLen(unread)
            .setOutqLen(unacknowledged)
            .setUnsqLen(unsent)
            .setOptMask(
                info.options()
                    & (TcpInfo.TCPI_OPT_TIMESTAMPS
                        | TcpInfo.TCPI_OPT_SACK
                        | TcpInfo.TCPI_OPT_WSCALE))
            .setSndWscale(info.sendScale())
            .setRcvWscale(info.receiveScale())
            .setMssClamp(Socket.option(socket, SOL_TCP, TCP_MAXSEG));
    if ((info.options() & TcpInfo.TCPI_OPT_TIMESTAMPS) != 0) {
      entry.setTimestamp(Socket.option(socket, SOL_TCP, TCP_TIMESTAMP));
    }
    Repaired repaired = repair(socket, unread, unacknowledged);
    TcpWindow window = repaired.window;
    entry
        .setInqSeq(repaired.received)
        .setOutqSeq(repaired.written)
        .setSndWl1(window.sndWl1())
        .setSndWnd(window.sndWnd())
        .setMaxWindow(window.maxWindow())
        .setRcvWnd(window.rcvWnd())
        .setRcvWup(window.rcvWup());
    byte[] queues = Arrays.copyOf(repaired.in, unread + unacknowledged);
    System.arraycopy(repaired.out, 0, queues, unread, unacknowledged);
    return new Stream(entry.build(), queues);
  }

  private static int withoutFin(int queued, int fin) {
    return queued == 0 ? 0 : queued - fin;
  }

  private static Repaired repair(Fd socket, int unread, int unacknowledged)
      throws SyscallException {
    int reuse = Socket.option(socket, SOL_SOCKET, SO_REUSEADDR);
    Socket.setOption(socket, SOL_TCP, TCP_REPAIR, TCP_REPAIR_ON);
    try {
      TcpWindow window = TcpWindow.of(socket);
      select(socket, TCP_RECV_QUEUE);
      int received = Socket.option(socket, SOL_TCP, TCP_QUEUE_SEQ);
      byte[] in = queue(socket, unread);
      select(socket, TCP_SEND_QUEUE);
      int written = Socket.option(socket, SOL_TCP, TCP_QUEUE_SEQ);
      byte[] out = queue(socket, unacknowledged);
      return new Repaired(window, received, written, in, out);
    } finally {
      Socket.setOption(socket, SOL_TCP, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP);
      Socket.setOption(socket, SOL_SOCKET, SO_REUSEADDR, reuse); // which repair mode clears
    }
  }

  private static void select(Fd socket, int queue) throws SyscallException {
    Socket.setOption(socket, SOL_TCP, TCP_REPAIR_QUEUE, queue);
  }

  /** The last bytes of the selected queue. */
  private static byte[] queue(Fd socket, int length) throws SyscallException {
    if (length == 0) {
      return new byte[0];
    }
    byte[] all = Socket.peek(socket, length + ROOM_BYTES, MSG_DONTWAIT);
    if (all.length < length) {
      throw new SyscallException(
          "recv of a queue: " + all.length + " bytes where " + length + " are", Errno.EIO.number());
    }
    return Arrays.copyOfRange(all, all.length - length, all.length);
  }
}

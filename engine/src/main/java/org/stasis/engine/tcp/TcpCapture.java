package org.stasis.engine.tcp;

import static org.stasis.linux.socket.SocketOption.MSG_DONTWAIT;
import static org.stasis.linux.socket.SocketOption.SIOCINQ;
import static org.stasis.linux.socket.SocketOption.SIOCOUTQ;
import static org.stasis.linux.socket.SocketOption.SIOCOUTQNSD;
import static org.stasis.linux.socket.SocketOption.SOL_TCP;
import static org.stasis.linux.socket.SocketOption.TCP_MAXSEG;
import static org.stasis.linux.socket.SocketOption.TCP_QUEUE_SEQ;
import static org.stasis.linux.socket.SocketOption.TCP_RECV_QUEUE;
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

/** Reads a connection that is in repair mode. */
final class TcpCapture {
  private static final int ROOM_BYTES = 64 << 10; // acknowledged bytes may still lie in the queue

  private final Fd socket;

  private TcpCapture(Fd socket) {
    this.socket = socket;
  }

  /**
   * A connection as images keep it.
   *
   * @param entry its state
   * @param queues what is in its receive queue, then what is in its send queue
   */
  record Stream(TcpStreamEntry entry, byte[] queues) {}

  /**
   * Reads it.
   *
   * @param socket a duplicate of the task's, in repair mode
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
    return new TcpCapture(socket).read(info);
  }

  private Stream read(TcpInfo info) throws SyscallException {
    boolean connecting = info.state() == TcpInfo.SYN_SENT;
    int fin = TcpStates.finSent(info.state()) ? 1 : 0;
    int unread = socket.ioctlInt(SIOCINQ, "SIOCINQ");
    int unacknowledged = withoutFin(socket.ioctlInt(SIOCOUTQ, "SIOCOUTQ"), fin);
    int unsent = withoutFin(socket.ioctlInt(SIOCOUTQNSD, "SIOCOUTQNSD"), fin);
    if (connecting) { // what is on its way is the SYN
      unacknowledged = 0;
      unsent = 0;
    }
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
    TcpWindow window = TcpWindow.of(socket);
    entry
        .setSndWl1(window.sndWl1())
        .setSndWnd(window.sndWnd())
        .setMaxWindow(window.maxWindow())
        .setRcvWnd(window.rcvWnd())
        .setRcvWup(window.rcvWup());
    select(TCP_RECV_QUEUE);
    entry.setInqSeq(Socket.option(socket, SOL_TCP, TCP_QUEUE_SEQ));
    byte[] in = queue(unread);
    select(TCP_SEND_QUEUE);
    entry.setOutqSeq(Socket.option(socket, SOL_TCP, TCP_QUEUE_SEQ));
    byte[] out = queue(unacknowledged);
    byte[] queues = Arrays.copyOf(in, unread + unacknowledged);
    System.arraycopy(out, 0, queues, unread, unacknowledged);
    return new Stream(entry.build(), queues);
  }

  private static int withoutFin(int queued, int fin) {
    return queued == 0 ? 0 : queued - fin;
  }

  private void select(int queue) throws SyscallException {
    Socket.setOption(socket, SOL_TCP, TCP_REPAIR_QUEUE, queue);
  }

  /** The last bytes of the selected queue. */
  private byte[] queue(int length) throws SyscallException {
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

package org.stasis.engine.tcp;

import static org.stasis.linux.socket.SocketOption.MSG_DONTWAIT;
import static org.stasis.linux.socket.SocketOption.MSG_NOSIGNAL;
import static org.stasis.linux.socket.SocketOption.SHUT_WR;
import static org.stasis.linux.socket.SocketOption.SOL_SOCKET;
import static org.stasis.linux.socket.SocketOption.SOL_TCP;
import static org.stasis.linux.socket.SocketOption.SO_BUF_LOCK;
import static org.stasis.linux.socket.SocketOption.SO_RCVBUF;
import static org.stasis.linux.socket.SocketOption.SO_RCVBUFFORCE;
import static org.stasis.linux.socket.SocketOption.SO_REUSEADDR;
import static org.stasis.linux.socket.SocketOption.SO_SNDBUF;
import static org.stasis.linux.socket.SocketOption.SO_SNDBUFFORCE;
import static org.stasis.linux.socket.SocketOption.TCP_RECV_QUEUE;
import static org.stasis.linux.socket.SocketOption.TCP_REPAIR;
import static org.stasis.linux.socket.SocketOption.TCP_REPAIR_OFF;
import static org.stasis.linux.socket.SocketOption.TCP_REPAIR_QUEUE;
import static org.stasis.linux.socket.SocketOption.TCP_SEND_QUEUE;

import java.util.Arrays;
import org.stasis.engine.tcp.TcpRestore.Connection;
import org.stasis.images.proto.SkOptsEntry;
import org.stasis.images.proto.TcpStreamEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.Fcntl;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.linux.socket.Socket;
import org.stasis.linux.socket.TcpInfo;

/** Fills the queues of a connection's socket, and lets it go. */
final class QueueRestore {
  private static final int PIECE_BYTES = 64 << 10;
  private static final int MOST_BUFFER_BYTES = 1 << 29;

  private final Fd socket;
  private final Connection connection;
  private final TcpStreamEntry stream;
  private final int sent; // bytes of the send queue that had been sent

  QueueRestore(Fd socket, Connection connection) {
    this.socket = socket;
    this.connection = connection;
    this.stream = connection.stream();
    this.sent = stream.getOutqLen() - stream.getUnsqLen();
  }

  /** Puts what had been received, and what had been sent, into the queues. */
  void fill(byte[] queues) throws SyscallException {
    if (connection.socket().getState() == TcpInfo.SYN_SENT) {
      return;
    }
    int received = stream.getInqLen();
    if (received > 0) {
      makeRoom(SO_RCVBUF, SO_RCVBUFFORCE, received);
      Socket.setOption(socket, SOL_TCP, TCP_REPAIR_QUEUE, TCP_RECV_QUEUE);
      send(Arrays.copyOf(queues, received));
    }
    if (stream.getOutqLen() > 0) {
      makeRoom(SO_SNDBUF, SO_SNDBUFFORCE, stream.getOutqLen());
    }
    Socket.setOption(socket, SOL_TCP, TCP_REPAIR_QUEUE, TCP_SEND_QUEUE);
    send(Arrays.copyOfRange(queues, received, received + sent));
  }

  private void makeRoom(int option, int force, int bytes) throws SyscallException {
    // the kernel counts what it wraps around the bytes, too
    size(option, force, (int) Math.min(4L * bytes + (1 << 20), MOST_BUFFER_BYTES));
  }

  private void size(int option, int force, int half) throws SyscallException {
    try {
      Socket.setOption(socket, SOL_SOCKET, force, half);
    } catch (SyscallException e) {
      if (!e.is(Errno.EPERM)) {
        throw e;
      }
      Socket.setOption(socket, SOL_SOCKET, option, half); // as far as the system's limit
    }
  }

  private void send(byte[] data) throws SyscallException {
    int done = 0;
    while (done < data.length) {
      int end = Math.min(data.length, done + PIECE_BYTES);
      byte[] piece = Arrays.copyOfRange(data, done, end);
      done += Socket.send(socket, piece, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
  }

  /** Leaves repair mode; from here on the kernel speaks to the peer. */
  void letGo(byte[] queues) throws SyscallException {
    SkOptsEntry options = connection.socket().getOpts();
    int state = connection.socket().getState();
    if (state == TcpInfo.SYN_SENT) {
      connectAgain();
    } else {
      Socket.setOption(socket, SOL_TCP, TCP_REPAIR, TCP_REPAIR_OFF);
      if (stream.getUnsqLen() > 0) {
        int start = stream.getInqLen() + sent;
        send(Arrays.copyOfRange(queues, start, start + stream.getUnsqLen()));
        if (TcpStates.finSent(state)) {
          Socket.shutdown(socket, SHUT_WR); // the FIN comes after what had not been sent
        }
      }
    }
    Socket.setOption(socket, SOL_SOCKET, SO_REUSEADDR, options.getReuseaddr() ? 1 : 0);
    size(SO_SNDBUF, SO_SNDBUFFORCE, options.getSoSndbuf() / 2);
    size(SO_RCVBUF, SO_RCVBUFFORCE, options.getSoRcvbuf() / 2);
    if (options.hasSoBufLock()) {
      Socket.setOption(socket, SOL_SOCKET, SO_BUF_LOCK, options.getSoBufLock());
    }
  }

  /** Sends the SYN again, with its old sequence number, and does not wait for the answer. */
  private void connectAgain() throws SyscallException {
    int flags = Fcntl.getStatusFlags(socket);
    Fcntl.setStatusFlags(socket, flags | Open.O_NONBLOCK);
    try {
      Socket.connect(socket, connection.destination().bytes());
    } catch (SyscallException e) {
      if (!e.is(Errno.EINPROGRESS)) {
        throw e;
      }
    } finally {
      Fcntl.setStatusFlags(socket, flags);
    }
  }
}

package org.stasis.linux.socket;

import static org.stasis.linux.Poll.POLLRDHUP;
import static org.stasis.linux.socket.SocketOption.MSG_DONTWAIT;
import static org.stasis.linux.socket.SocketOption.MSG_PEEK;
import static org.stasis.linux.socket.SocketOption.MSG_TRUNC;
import static org.stasis.linux.socket.SocketOption.SOCK_SEQPACKET;
import static org.stasis.linux.socket.SocketOption.SOCK_STREAM;
import static org.stasis.linux.socket.SocketOption.SOL_SOCKET;
import static org.stasis.linux.socket.SocketOption.SO_PEEK_OFF;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Poll;
import org.stasis.linux.SyscallException;

/**
 * Reads the receive queue of a Unix socket from front to back and leaves everything in it. Nobody
 * else may read from the socket meanwhile.
 *
 * <p>The kernel moves through the queue with SO_PEEK_OFF, socket(7); the socket's own value of that
 * option is put back by {@link #close}. A datagram without content that was peeked at before, by
 * whomever, is marked in the kernel and passed over unless it is the first: there is no way to see
 * it.
 */
public final class QueueWalk implements AutoCloseable {
  private static final byte[] NOBODY = {};

  private final Fd socket;
  private final boolean stream;
  private final boolean ended; // a seqpacket socket that says 0 bytes at the end, again and again
  private final int peekOffset; // the socket's own
  private int offset; // bytes passed

  private QueueWalk(Fd socket, boolean stream, boolean ended, int peekOffset) {
    this.socket = socket;
    this.stream = stream;
    this.ended = ended;
    this.peekOffset = peekOffset;
  }

  /**
   * Starts at the front.
   *
   * @param socket a Unix socket of any type, not listening
   * @param type {@code SOCK_STREAM}, {@code SOCK_DGRAM}, {@code SOCK_SEQPACKET}
   * @return the walk
   * @throws SyscallException when the socket does not allow it
   */
  public static QueueWalk of(Fd socket, int type) throws SyscallException {
    int before = Socket.option(socket, SOL_SOCKET, SO_PEEK_OFF);
    Socket.setOption(socket, SOL_SOCKET, SO_PEEK_OFF, 0);
    boolean ended = type == SOCK_SEQPACKET && (Poll.await(socket, POLLRDHUP, 0) & POLLRDHUP) != 0;
    return new QueueWalk(socket, type == SOCK_STREAM, ended, before);
  }

  /**
   * What comes next: a packet, or a part of a stream. Descriptors that are part of a stream come
   * with the part that begins where they were sent.
   *
   * @return the packet, or null at the end of the queue
   * @throws SyscallException recvmsg(2), such as EMFILE
   */
  public @Nullable QueuedPacket next() throws SyscallException {
    return stream ? nextOfStream() : nextPacket();
  }

  private @Nullable QueuedPacket nextPacket() throws SyscallException {
    // a look at the length first; it passes over a packet only when that is empty
    ReceivedMessage sized =
        ReceivedMessage.receive(socket, 0, true, MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC);
    if (sized == null) {
      return null;
    }
    int length = sized.length();
    if (length == 0) {
      if (ended && sized.rights().isEmpty() && offset >= queuedBytes()) {
        return null; // or an empty packet, which the reader takes for the end just as well
      }
      return new QueuedPacket(sized.data(), sized.sender(), sized.rights(), sized.credentials());
    }
    closeAll(sized.rights());
    ReceivedMessage packet = ReceivedMessage.receive(socket, length, true, MSG_PEEK | MSG_DONTWAIT);
    if (packet == null) {
      return null;
    }
    offset += packet.data().length;
    return new QueuedPacket(packet.data(), packet.sender(), packet.rights(), packet.credentials());
  }

  private @Nullable QueuedPacket nextOfStream() throws SyscallException {
    // one byte more than there is: a buffer that is exactly full may come with descriptors that
    // belong to the byte after it
    int ask = queuedBytes() - offset + 1;
    if (ask <= 1) {
      return null;
    }
    ReceivedMessage part = ReceivedMessage.receive(socket, ask, true, MSG_PEEK | MSG_DONTWAIT);
    if (part == null || part.data().length == 0) {
      return null;
    }
    byte[] data = part.data();
    List<Fd> rights = part.rights();
    int plain = rights.isEmpty() ? 0 : bytesBeforeRights(data.length);
    if (plain > 0) { // they come alone, the descriptors with the next part
      closeAll(rights);
      rights = List.of();
      data = Arrays.copyOf(data, plain);
    }
    offset += data.length;
    moveTo(offset);
    return new QueuedPacket(data, NOBODY, rights, part.credentials());
  }

  /**
   * How many of the bytes ahead were sent before the descriptors that come with the last of them.
   * What was sent with descriptors lies in one buffer of the kernel, the last one that a look
   * reaches; a look with room for all but its last byte ends before it.
   */
  private int bytesBeforeRights(int length) throws SyscallException {
    moveTo(offset);
    try {
      ReceivedMessage before =
          ReceivedMessage.receiveWhole(socket, length - 1, MSG_PEEK | MSG_DONTWAIT);
      return before == null ? 0 : before.data().length;
    } catch (SyscallException e) {
      if (e.is(Errno.EFAULT)) {
        return 0;
      }
      throw e;
    }
  }

  private int queuedBytes() throws SyscallException {
    return socket.ioctlInt(SocketOption.SIOCINQ, "SIOCINQ");
  }

  private void moveTo(int position) throws SyscallException {
    Socket.setOption(socket, SOL_SOCKET, SO_PEEK_OFF, position);
  }

  private static void closeAll(List<Fd> rights) throws SyscallException {
    for (Fd fd : rights) {
      fd.close();
    }
  }

  /**
   * Puts the socket's own peek offset back.
   *
   * @throws SyscallException setsockopt(2)
   */
  @Override
  public void close() throws SyscallException {
    moveTo(peekOffset);
  }
}

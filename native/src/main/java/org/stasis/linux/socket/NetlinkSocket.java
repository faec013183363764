package org.stasis.linux.socket;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;
import org.stasis.linux.foreign.Scratch;

/**
 * Questions and answers over a netlink(7) socket. It belongs to the network namespace of the thread
 * that opens it.
 */
public final class NetlinkSocket implements AutoCloseable {
  public static final int NETLINK_SOCK_DIAG = 4;
  public static final int NETLINK_NETFILTER = 12;

  public static final int NLM_F_REQUEST = 0x1;
  public static final int NLM_F_ACK = 0x4;
  public static final int NLM_F_DUMP = 0x300;
  public static final int NLM_F_EXCL = 0x200;
  public static final int NLM_F_CREATE = 0x400;
  public static final int NLM_F_APPEND = 0x800;

  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;
  private static final int NLM_F_DUMP_INTR = 0x10;
  private static final int HEADER_BYTES = 16;
  private static final int ANSWER_BYTES = 64 << 10;

  private final Fd socket;
  private int sequence;

  private NetlinkSocket(Fd socket) {
    this.socket = socket;
  }

  /** Takes one message of an answer. */
  @FunctionalInterface
  public interface Answer {
    /**
     * Takes a message.
     *
     * @param type its type
     * @param payload what follows its header; valid during the call
     */
    void take(int type, MemorySegment payload);
  }

  /**
   * Opens a socket.
   *
   * @param protocol {@code NETLINK_}
   * @return the socket
   * @throws SyscallException EPROTONOSUPPORT when the kernel lacks the protocol
   */
  public static NetlinkSocket open(int protocol) throws SyscallException {
    return new NetlinkSocket(Socket.open(SocketOption.AF_NETLINK, SocketOption.SOCK_RAW, protocol));
  }

  /**
   * Asks for all objects of a kind.
   *
   * @param type message type
   * @param payload what follows the header
   * @param answer takes each object
   * @return false when the objects changed meanwhile and some may be missing or doubled
   * @throws SyscallException what the kernel answers
   */
  public boolean dump(int type, byte[] payload, Answer answer) throws SyscallException {
    sequence++;
    ByteBuffer request =
        ByteBuffer.allocate(HEADER_BYTES + payload.length).order(ByteOrder.nativeOrder());
    request.putInt(HEADER_BYTES + payload.length).putShort((short) type);
    request.putShort((short) (NLM_F_REQUEST | NLM_F_DUMP)).putInt(sequence).putInt(0);
    request.put(payload);
    Socket.send(socket, request.array(), 0);
    boolean[] whole = {true};
    while (!receive(answer, whole)) {
      // the kernel fills one answer after the other
    }
    return whole[0];
  }

  /**
   * Sends messages that were put together by the caller and waits until each has been acknowledged.
   *
   * @param messages whole messages with headers
   * @param acknowledgements how many of them ask for one (NLM_F_ACK)
   * @throws SyscallException the first error that the kernel answers
   */
  public void transact(byte[] messages, int acknowledgements) throws SyscallException {
    Socket.send(socket, messages, 0);
    int left = acknowledgements;
    int error = 0;
    int flags = 0;
    while (left > 0) {
      try (Scratch scratch = Scratch.open()) {
        MemorySegment buffer = scratch.allocateDirty(ANSWER_BYTES);
        int length = Socket.receive(socket, buffer, flags);
        for (int at = 0; at + HEADER_BYTES <= length; at += aligned(buffer.get(JAVA_INT, at))) {
          if (buffer.get(JAVA_SHORT, at + 4) == NLMSG_ERROR) {
            int answer = buffer.get(JAVA_INT, at + HEADER_BYTES);
            error = error == 0 ? answer : error;
            left--;
          }
        }
      } catch (SyscallException e) {
        if (error != 0 && e.is(Errno.EAGAIN)) {
          break; // nothing is left of what came with the error
        }
        throw e;
      }
      // after an error there may be no more answers; those that are there must not be left behind
      flags = error == 0 ? 0 : SocketOption.MSG_DONTWAIT;
    }
    check(error);
  }

  /** Takes one datagram; true when it was the last. */
  private boolean receive(Answer answer, boolean[] whole) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment buffer = scratch.allocateDirty(ANSWER_BYTES);
      int length = Socket.receive(socket, buffer, 0);
      int at = 0;
      while (at + HEADER_BYTES <= length) {
        int size = buffer.get(JAVA_INT, at);
        if (size < HEADER_BYTES || at + size > length) {
          throw new SyscallException("netlink answer", Errno.EPROTO.number());
        }
        int type = Short.toUnsignedInt(buffer.get(JAVA_SHORT, at + 4));
        if ((buffer.get(JAVA_SHORT, at + 6) & NLM_F_DUMP_INTR) != 0) {
          whole[0] = false;
        }
        if (type == NLMSG_DONE) {
          return true;
        }
        if (type == NLMSG_ERROR) {
          check(buffer.get(JAVA_INT, at + HEADER_BYTES));
          return true;
        }
        answer.take(type, buffer.asSlice(at + HEADER_BYTES, size - HEADER_BYTES));
        at += aligned(size);
      }
      return false;
    }
  }

  private static void check(int error) throws SyscallException {
    if (error < 0) {
      throw new SyscallException("netlink", -error);
    }
  }

  /**
   * The length of a message or attribute with its padding.
   *
   * @param size in bytes
   * @return rounded up to 4
   */
  static int aligned(int size) {
    return (size + 3) & -4;
  }

  @Override
  public void close() throws SyscallException {
    socket.close();
  }
}

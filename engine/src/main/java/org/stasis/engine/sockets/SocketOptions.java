package org.stasis.engine.sockets;

import static org.stasis.linux.socket.SocketOption.SOL_SOCKET;
import static org.stasis.linux.socket.SocketOption.SO_BINDTODEVICE;
import static org.stasis.linux.socket.SocketOption.SO_BROADCAST;
import static org.stasis.linux.socket.SocketOption.SO_BUF_LOCK;
import static org.stasis.linux.socket.SocketOption.SO_DONTROUTE;
import static org.stasis.linux.socket.SocketOption.SO_KEEPALIVE;
import static org.stasis.linux.socket.SocketOption.SO_LINGER;
import static org.stasis.linux.socket.SocketOption.SO_MARK;
import static org.stasis.linux.socket.SocketOption.SO_NO_CHECK;
import static org.stasis.linux.socket.SocketOption.SO_OOBINLINE;
import static org.stasis.linux.socket.SocketOption.SO_PASSCRED;
import static org.stasis.linux.socket.SocketOption.SO_PASSSEC;
import static org.stasis.linux.socket.SocketOption.SO_PRIORITY;
import static org.stasis.linux.socket.SocketOption.SO_RCVBUF;
import static org.stasis.linux.socket.SocketOption.SO_RCVBUFFORCE;
import static org.stasis.linux.socket.SocketOption.SO_RCVLOWAT;
import static org.stasis.linux.socket.SocketOption.SO_RCVTIMEO_OLD;
import static org.stasis.linux.socket.SocketOption.SO_REUSEADDR;
import static org.stasis.linux.socket.SocketOption.SO_REUSEPORT;
import static org.stasis.linux.socket.SocketOption.SO_SNDBUF;
import static org.stasis.linux.socket.SocketOption.SO_SNDBUFFORCE;
import static org.stasis.linux.socket.SocketOption.SO_SNDTIMEO_OLD;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.stasis.images.proto.SkOptsEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.socket.Socket;

/**
 * The options that every socket has, socket(7).
 *
 * <p>The kernel doubles the buffer sizes it is given and tells the doubled ones, which is what
 * images keep. A size that was ever set is locked against automatic growth; SO_BUF_LOCK says which,
 * and undoes the locks that setting the sizes here brings about.
 */
public final class SocketOptions {
  private static final int INTERFACE_NAME_BYTES = 16;
  private static final int TIMEVAL_BYTES = 16;
  private static final int LINGER_BYTES = 8;
  private static final int UNKNOWN = -1;

  private SocketOptions() {}

  /**
   * Reads them.
   *
   * @param socket a duplicate of the task's
   * @param local whether it is a Unix or netlink socket: those may pass credentials
   * @return the message, not yet built: other rooms add to it
   * @throws SyscallException getsockopt(2); EACCES when an eBPF program is attached, see {@link
   *     SocketFilter}
   */
  public static SkOptsEntry.Builder capture(Fd socket, boolean local) throws SyscallException {
    SkOptsEntry.Builder options = SkOptsEntry.newBuilder();
    options.setSoSndbuf(number(socket, SO_SNDBUF)).setSoRcvbuf(number(socket, SO_RCVBUF));
    ByteBuffer send = structure(socket, SO_SNDTIMEO_OLD, TIMEVAL_BYTES);
    options.setSoSndTmoSec(send.getLong(0)).setSoSndTmoUsec(send.getLong(8));
    ByteBuffer receive = structure(socket, SO_RCVTIMEO_OLD, TIMEVAL_BYTES);
    options.setSoRcvTmoSec(receive.getLong(0)).setSoRcvTmoUsec(receive.getLong(8));
    options
        .setReuseaddr(flag(socket, SO_REUSEADDR))
        .setSoPriority(number(socket, SO_PRIORITY))
        .setSoRcvlowat(number(socket, SO_RCVLOWAT))
        .setSoDontroute(flag(socket, SO_DONTROUTE))
        .setSoNoCheck(flag(socket, SO_NO_CHECK))
        .setSoReuseport(flag(socket, SO_REUSEPORT))
        .setSoBroadcast(flag(socket, SO_BROADCAST))
        .setSoKeepalive(flag(socket, SO_KEEPALIVE))
        .setSoOobinline(number(socket, SO_OOBINLINE));
    int mark = number(socket, SO_MARK);
    if (mark != 0) {
      options.setSoMark(mark);
    }
    if (local) {
      options.setSoPasscred(flag(socket, SO_PASSCRED));
      options.setSoPasssec(Socket.option(socket, SOL_SOCKET, SO_PASSSEC, 0) != 0);
    }
    int locks = Socket.option(socket, SOL_SOCKET, SO_BUF_LOCK, UNKNOWN);
    if (locks != UNKNOWN) {
      options.setSoBufLock(locks);
    }
    ByteBuffer linger = structure(socket, SO_LINGER, LINGER_BYTES);
    if (linger.getInt(0) != 0) {
      options.setSoLinger(linger.getInt(4));
    }
    String device = device(socket);
    if (!device.isEmpty()) {
      options.setSoBoundDev(device);
    }
    for (long instruction : SocketFilter.capture(socket)) {
      options.addSoFilter(instruction);
    }
    return options;
  }

  private static int number(Fd socket, int option) throws SyscallException {
    return Socket.option(socket, SOL_SOCKET, option);
  }

  private static boolean flag(Fd socket, int option) throws SyscallException {
    return Socket.option(socket, SOL_SOCKET, option, 0) != 0;
  }

  private static ByteBuffer structure(Fd socket, int option, int size) throws SyscallException {
    byte[] bytes = Socket.bytes(socket, SOL_SOCKET, option, size);
    return ByteBuffer.allocate(size).order(ByteOrder.nativeOrder()).put(bytes).rewind();
  }

  private static String device(Fd socket) throws SyscallException {
    byte[] name = Socket.bytes(socket, SOL_SOCKET, SO_BINDTODEVICE, INTERFACE_NAME_BYTES);
    int length = 0;
    while (length < name.length && name[length] != 0) {
      length++;
    }
    return new String(name, 0, length, StandardCharsets.UTF_8);
  }

  /**
   * Plans what has to be there before the socket gets a name, a peer or data.
   *
   * @param options as the image has them
   * @param socket the descriptor
   * @param to takes the calls
   */
  public static void planEarly(SkOptsEntry options, Argument socket, SocketProgram to) {
    planBuffer(options.getSoSndbuf(), socket, SO_SNDBUF, SO_SNDBUFFORCE, to);
    planBuffer(options.getSoRcvbuf(), socket, SO_RCVBUF, SO_RCVBUFFORCE, to);
    planFlag(options.getReuseaddr(), socket, SO_REUSEADDR, to);
    planFlag(options.getSoReuseport(), socket, SO_REUSEPORT, to);
    MoreOptions.planEarly(options, socket, to);
    planFlag(options.getSoBroadcast(), socket, SO_BROADCAST, to);
    planFlag(options.getSoOobinline() != 0, socket, SO_OOBINLINE, to);
    if (options.hasSoBoundDev()) {
      to.set(
          socket,
          SOL_SOCKET,
          SO_BINDTODEVICE,
          options.getSoBoundDev().getBytes(StandardCharsets.UTF_8));
    }
    if (options.getSoMark() != 0) {
      to.set(socket, SOL_SOCKET, SO_MARK, options.getSoMark());
    }
  }

  /**
   * Plans a buffer's size.
   *
   * @param doubled as the kernel tells it
   * @param socket the descriptor
   * @param option SO_SNDBUF or SO_RCVBUF
   * @param force the same beyond the limit of the system
   * @param to takes the calls
   */
  public static void planBuffer(
      int doubled, Argument socket, int option, int force, SocketProgram to) {
    // whoever may not force it gets what the limit allows
    to.set(socket, SOL_SOCKET, option, doubled / 2);
    to.set(Expect.successOr(Errno.EPERM.number()), socket, SOL_SOCKET, force, doubled / 2);
  }

  private static void planFlag(boolean flag, Argument socket, int option, SocketProgram to) {
    if (flag) {
      to.set(socket, SOL_SOCKET, option, 1);
    }
  }

  /**
   * Plans what would be in the way before the socket has its name, its peer and its data.
   *
   * @param options as the image has them
   * @param socket the descriptor
   * @param to takes the calls
   */
  public static void planLate(SkOptsEntry options, Argument socket, SocketProgram to) {
    planFlag(options.getSoKeepalive(), socket, SO_KEEPALIVE, to);
    planFlag(options.getSoDontroute(), socket, SO_DONTROUTE, to);
    planFlag(options.getSoNoCheck(), socket, SO_NO_CHECK, to);
    planFlag(options.getSoPasscred(), socket, SO_PASSCRED, to);
    planFlag(options.getSoPasssec(), socket, SO_PASSSEC, to);
    if (options.hasSoPriority()) {
      to.set(socket, SOL_SOCKET, SO_PRIORITY, options.getSoPriority());
    }
    if (options.hasSoRcvlowat() && options.getSoRcvlowat() != 1) {
      to.set(socket, SOL_SOCKET, SO_RCVLOWAT, options.getSoRcvlowat());
    }
    if (options.hasSoLinger()) {
      planStructure(socket, SO_LINGER, to, to.plan().ints(1, options.getSoLinger()), LINGER_BYTES);
    }
    planTimeout(options.getSoSndTmoSec(), options.getSoSndTmoUsec(), socket, SO_SNDTIMEO_OLD, to);
    planTimeout(options.getSoRcvTmoSec(), options.getSoRcvTmoUsec(), socket, SO_RCVTIMEO_OLD, to);
    SocketFilter.plan(options.getSoFilterList(), socket, to);
    MoreOptions.planLate(options, socket, to);
    if (options.hasSoBufLock()) {
      to.set(
          Expect.successOr(Errno.ENOPROTOOPT.number()), // before Linux 5.13
          socket,
          SOL_SOCKET,
          SO_BUF_LOCK,
          options.getSoBufLock());
    }
  }

  private static void planTimeout(
      long seconds, long micros, Argument socket, int option, SocketProgram to) {
    if (seconds != 0 || micros != 0) {
      planStructure(socket, option, to, to.plan().longs(seconds, micros), TIMEVAL_BYTES);
    }
  }

  private static void planStructure(
      Argument socket, int option, SocketProgram to, Argument address, int length) {
    to.set(Expect.SUCCESS, socket, SOL_SOCKET, option, address, length);
  }
}

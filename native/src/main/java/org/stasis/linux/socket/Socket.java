package org.stasis.linux.socket;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.KernelString;
import org.stasis.linux.Syscall;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.foreign.Scratch;

/**
 * The calls of socket(7) on descriptors. Addresses are the raw bytes of the family's {@code
 * sockaddr}, family first, since Unix names need be neither text nor terminated.
 */
public final class Socket {
  private static final int ADDRESS_BYTES = 128; // sizeof(struct sockaddr_storage)
  private static final int SOCKADDR_IN_BYTES = 16;
  private static final int SOCKADDR_IN6_BYTES = 28;
  private static final int INTERFACE_REQUEST_BYTES = 40; // struct ifreq: a name, then a union
  private static final int INTERFACE_NAME_BYTES = 16;
  private static final byte[] NO_BYTES = {};

  private Socket() {}

  /**
   * Makes a socket, close-on-exec, as socket(2).
   *
   * @param family {@code AF_}
   * @param type {@code SOCK_}, possibly with {@code SOCK_NONBLOCK}
   * @param protocol of the family; 0 for the usual one
   * @return the socket
   * @throws SyscallException socket(2)
   */
  public static Fd open(int family, int type, int protocol) throws SyscallException {
    long answer =
        Syscall.raw(SyscallNumber.SOCKET, family, type | SocketOption.SOCK_CLOEXEC, protocol);
    return Fd.of((int) Syscall.check(answer, "socket"));
  }

  /**
   * Makes two connected Unix sockets, close-on-exec, as socketpair(2).
   *
   * @param type {@code SOCK_}, possibly with {@code SOCK_NONBLOCK}
   * @return both
   * @throws SyscallException socketpair(2)
   */
  public static List<Fd> pair(int type) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment numbers = scratch.allocate(2L * Integer.BYTES);
      long answer =
          Syscall.raw(
              SyscallNumber.SOCKETPAIR,
              SocketOption.AF_UNIX,
              type | SocketOption.SOCK_CLOEXEC,
              0,
              numbers.address());
      Syscall.check(answer, "socketpair");
      return List.of(Fd.of(numbers.get(JAVA_INT, 0)), Fd.of(numbers.get(JAVA_INT, Integer.BYTES)));
    }
  }

  /**
   * Reads an option that is an {@code int}.
   *
   * @param socket the socket
   * @param level {@code SOL_}
   * @param option of the level
   * @return its value
   * @throws SyscallException ENOPROTOOPT or EOPNOTSUPP when the socket has no such option
   */
  public static int option(Fd socket, int level, int option) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment value = scratch.allocate(2L * Integer.BYTES);
      long answer = get(socket, level, option, value, Integer.BYTES, value.asSlice(Integer.BYTES));
      if (answer < 0) {
        throw failed(answer, "getsockopt", level, option);
      }
      return value.get(JAVA_INT, 0);
    }
  }

  /**
   * Reads an option that is an {@code int} and that not every socket has.
   *
   * @param socket the socket
   * @param level {@code SOL_}
   * @param option of the level
   * @param otherwise what to say when the kernel knows no such option for this socket
   * @return its value
   * @throws SyscallException any other error
   */
  public static int option(Fd socket, int level, int option, int otherwise)
      throws SyscallException {
    try {
      return option(socket, level, option);
    } catch (SyscallException e) {
      if (e.is(Errno.ENOPROTOOPT) || e.is(Errno.EOPNOTSUPP)) {
        return otherwise;
      }
      throw e;
    }
  }

  /**
   * Reads an option of any type.
   *
   * @param socket the socket
   * @param level {@code SOL_}
   * @param option of the level
   * @param ask what the memory holds when the kernel looks, for options that are questions
   * @param capacity the most bytes the value may have
   * @return as many bytes as the kernel says it has
   * @throws SyscallException ENOPROTOOPT or EOPNOTSUPP when the socket has no such option, ERANGE
   *     or EINVAL when it is longer
   */
  public static byte[] answer(Fd socket, int level, int option, byte[] ask, int capacity)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment value = scratch.allocate(capacity);
      MemorySegment.copy(ask, 0, value, JAVA_BYTE, 0, ask.length);
      MemorySegment length = scratch.allocate(Integer.BYTES);
      long answer = get(socket, level, option, value, capacity, length);
      if (answer < 0) {
        throw failed(answer, "getsockopt", level, option);
      }
      int size = Math.min(length.get(JAVA_INT, 0), capacity);
      return value.asSlice(0, size).toArray(JAVA_BYTE);
    }
  }

  /**
   * Reads an option of any type; see {@link #answer}.
   *
   * @param socket the socket
   * @param level {@code SOL_}
   * @param option of the level
   * @param capacity the most bytes it may have
   * @return as many bytes as the kernel says it has
   * @throws SyscallException as the other one
   */
  public static byte[] bytes(Fd socket, int level, int option, int capacity)
      throws SyscallException {
    return answer(socket, level, option, NO_BYTES, capacity);
  }

  /**
   * Asks how long an option's value is, in the unit that the option counts in.
   *
   * @param socket the socket
   * @param level {@code SOL_}
   * @param option one that allows asking with no room given, such as SO_GET_FILTER
   * @return the length
   * @throws SyscallException getsockopt(2)
   */
  public static int optionLength(Fd socket, int level, int option) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment length = scratch.allocate(Integer.BYTES);
      long answer = get(socket, level, option, MemorySegment.NULL, 0, length);
      if (answer < 0) {
        throw failed(answer, "getsockopt", level, option);
      }
      return length.get(JAVA_INT, 0);
    }
  }

  /**
   * Reads the classic BPF program attached to a socket, SO_GET_FILTER of socket(7).
   *
   * @param socket the socket
   * @param count how many instructions it has, as {@link #optionLength} says
   * @return its instructions, {@code struct sock_filter} of 8 bytes each
   * @throws SyscallException EACCES when the program is eBPF
   */
  public static byte[] filter(Fd socket, int count) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment value = scratch.allocate(8L * count);
      MemorySegment length = scratch.allocate(Integer.BYTES);
      // unlike with other options, the length counts instructions
      long answer =
          get(socket, SocketOption.SOL_SOCKET, SocketOption.SO_GET_FILTER, value, count, length);
      if (answer < 0) {
        throw failed(answer, "getsockopt", SocketOption.SOL_SOCKET, SocketOption.SO_GET_FILTER);
      }
      return value.toArray(JAVA_BYTE);
    }
  }

  private static long get(
      Fd socket, int level, int option, MemorySegment value, int size, MemorySegment length) {
    length.set(JAVA_INT, 0, size);
    return Syscall.raw(
        SyscallNumber.GETSOCKOPT,
        socket.number(),
        level,
        option,
        value.address(),
        length.address(),
        0);
  }

  /**
   * Sets an option that is an {@code int}.
   *
   * @param socket the socket
   * @param level {@code SOL_}
   * @param option of the level
   * @param value its value
   * @throws SyscallException setsockopt(2)
   */
  public static void setOption(Fd socket, int level, int option, int value)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment memory = scratch.allocate(Integer.BYTES);
      memory.set(JAVA_INT, 0, value);
      set(socket, level, option, memory);
    }
  }

  /**
   * Sets an option of any type.
   *
   * @param socket the socket
   * @param level {@code SOL_}
   * @param option of the level
   * @param value its bytes
   * @throws SyscallException setsockopt(2)
   */
  public static void setOption(Fd socket, int level, int option, byte[] value)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      set(socket, level, option, scratch.bytes(value));
    }
  }

  private static void set(Fd socket, int level, int option, MemorySegment value)
      throws SyscallException {
    long answer =
        Syscall.raw(
            SyscallNumber.SETSOCKOPT,
            socket.number(),
            level,
            option,
            value.address(),
            value.byteSize(),
            0);
    if (answer < 0) {
      throw failed(answer, "setsockopt", level, option);
    }
  }

  /**
   * The name the socket has, as getsockname(2).
   *
   * @param socket the socket
   * @return the whole {@code sockaddr}; of an unbound Unix socket the family alone
   * @throws SyscallException getsockname(2)
   */
  public static byte[] name(Fd socket) throws SyscallException {
    return address(socket, SyscallNumber.GETSOCKNAME, "getsockname");
  }

  /**
   * The name of the peer, as getpeername(2).
   *
   * @param socket the socket
   * @return the whole {@code sockaddr}; empty when not connected
   * @throws SyscallException any error but ENOTCONN
   */
  public static byte[] peerName(Fd socket) throws SyscallException {
    try {
      return address(socket, SyscallNumber.GETPEERNAME, "getpeername");
    } catch (SyscallException e) {
      if (e.is(Errno.ENOTCONN)) {
        return NO_BYTES;
      }
      throw e;
    }
  }

  /**
   * The name of the peer, also of one that is being connected to, or that there was a connection to
   * until it ended (SO_PEERNAME).
   *
   * @param socket an internet socket
   * @param family {@code AF_INET} or {@code AF_INET6}
   * @return the whole {@code sockaddr}; empty when there never was one
   * @throws SyscallException any error but ENOTCONN
   */
  public static byte[] lastPeerName(Fd socket, int family) throws SyscallException {
    int size =
        family == SocketOption.AF_INET ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES; // not one more
    try {
      return bytes(socket, SocketOption.SOL_SOCKET, SocketOption.SO_PEERNAME, size);
    } catch (SyscallException e) {
      if (e.is(Errno.ENOTCONN)) {
        return NO_BYTES;
      }
      throw e;
    }
  }

  private static byte[] address(Fd socket, int call, String text) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment address = scratch.allocate(ADDRESS_BYTES);
      MemorySegment length = scratch.allocate(Integer.BYTES);
      length.set(JAVA_INT, 0, ADDRESS_BYTES);
      Syscall.check(Syscall.raw(call, socket.number(), address.address(), length.address()), text);
      int size = Math.min(length.get(JAVA_INT, 0), ADDRESS_BYTES);
      return address.asSlice(0, size).toArray(JAVA_BYTE);
    }
  }

  /**
   * Gives the socket a name, as bind(2).
   *
   * @param socket the socket
   * @param address the whole {@code sockaddr}
   * @throws SyscallException bind(2)
   */
  public static void bind(Fd socket, byte[] address) throws SyscallException {
    withAddress(SyscallNumber.BIND, socket, address, "bind");
  }

  /**
   * Connects, as connect(2).
   *
   * @param socket the socket
   * @param address the whole {@code sockaddr}
   * @throws SyscallException connect(2)
   */
  public static void connect(Fd socket, byte[] address) throws SyscallException {
    withAddress(SyscallNumber.CONNECT, socket, address, "connect");
  }

  /**
   * Waits for connections from now on, as listen(2).
   *
   * @param socket the socket
   * @param backlog how many may wait
   * @throws SyscallException listen(2)
   */
  public static void listen(Fd socket, int backlog) throws SyscallException {
    Syscall.check(Syscall.raw(SyscallNumber.LISTEN, socket.number(), backlog), "listen");
  }

  /**
   * Takes a connection, close-on-exec, as accept4(2).
   *
   * @param socket one that listens
   * @return the connection
   * @throws SyscallException accept4(2)
   */
  public static Fd accept(Fd socket) throws SyscallException {
    long answer =
        Syscall.raw(SyscallNumber.ACCEPT4, socket.number(), 0, 0, SocketOption.SOCK_CLOEXEC);
    return Fd.of((int) Syscall.check(answer, "accept4"));
  }

  /**
   * Ends one or both directions, as shutdown(2).
   *
   * @param socket the socket
   * @param how {@code SHUT_}
   * @throws SyscallException shutdown(2)
   */
  public static void shutdown(Fd socket, int how) throws SyscallException {
    Syscall.check(Syscall.raw(SyscallNumber.SHUTDOWN, socket.number(), how), "shutdown");
  }

  private static void withAddress(int call, Fd socket, byte[] address, String text)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment memory = scratch.bytes(address);
      Syscall.check(Syscall.raw(call, socket.number(), memory.address(), address.length), text);
    }
  }

  /**
   * Sends bytes, as send(2).
   *
   * @param socket the socket
   * @param data what to send
   * @param flags {@code MSG_}
   * @return how many bytes went
   * @throws SyscallException send(2)
   */
  public static int send(Fd socket, byte[] data, int flags) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment memory = scratch.bytes(data);
      long answer =
          Syscall.raw(
              SyscallNumber.SENDTO, socket.number(), memory.address(), data.length, flags, 0, 0);
      return (int) Syscall.check(answer, "send");
    }
  }

  /**
   * Sends bytes to an address, as sendto(2).
   *
   * @param socket the socket
   * @param data what to send
   * @param flags {@code MSG_}
   * @param address the whole {@code sockaddr}
   * @return how many bytes went
   * @throws SyscallException sendto(2)
   */
  public static int sendTo(Fd socket, byte[] data, int flags, byte[] address)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long answer =
          Syscall.raw(
              SyscallNumber.SENDTO,
              socket.number(),
              scratch.bytes(data).address(),
              data.length,
              flags,
              scratch.bytes(address).address(),
              address.length);
      return (int) Syscall.check(answer, "sendto");
    }
  }

  /**
   * Looks at what waits to be received and leaves it there.
   *
   * @param socket a socket with a stream
   * @param capacity how much to look at, at most
   * @param flags further {@code MSG_} flags
   * @return what there is, in order
   * @throws SyscallException recv(2)
   */
  public static byte[] peek(Fd socket, int capacity, int flags) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment buffer = scratch.allocateDirty(capacity);
      int length = receive(socket, buffer, flags | SocketOption.MSG_PEEK);
      return buffer.asSlice(0, length).toArray(JAVA_BYTE);
    }
  }

  /**
   * The name of a network interface in a socket's network namespace, SIOCGIFNAME of netdevice(7).
   *
   * @param socket any socket
   * @param index of the interface
   * @return its name
   * @throws SyscallException ENODEV when there is none
   */
  public static String interfaceName(Fd socket, int index) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment request = scratch.allocate(INTERFACE_REQUEST_BYTES);
      request.set(JAVA_INT, INTERFACE_NAME_BYTES, index);
      socket.ioctl(SocketOption.SIOCGIFNAME, request, "SIOCGIFNAME");
      return KernelString.decode(request.asSlice(0, INTERFACE_NAME_BYTES), 0);
    }
  }

  /**
   * Receives bytes, as recv(2).
   *
   * @param socket the socket
   * @param into native memory
   * @param flags {@code MSG_}
   * @return how many bytes came; with MSG_TRUNC how many there were
   * @throws SyscallException recv(2)
   */
  public static int receive(Fd socket, MemorySegment into, int flags) throws SyscallException {
    long answer =
        Syscall.raw(
            SyscallNumber.RECVFROM, socket.number(), into.address(), into.byteSize(), flags, 0, 0);
    return (int) Syscall.check(answer, "recv");
  }

  /**
   * Whether an urgent byte (MSG_OOB) waits to be received. Takes nothing.
   *
   * @param socket a stream socket
   * @return true when it does
   * @throws SyscallException ENOTCONN and the like
   */
  public static boolean hasUrgent(Fd socket) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment one = scratch.allocate(1);
      int flags = SocketOption.MSG_OOB | SocketOption.MSG_PEEK | SocketOption.MSG_DONTWAIT;
      return receive(socket, one, flags) == 1;
    } catch (SyscallException e) {
      // none is there, it came and was taken, or the kernel was built without
      if (e.is(Errno.EINVAL) || e.is(Errno.EAGAIN) || e.is(Errno.EOPNOTSUPP)) {
        return false;
      }
      throw e;
    }
  }

  private static SyscallException failed(long answer, String call, int level, int option) {
    return new SyscallException(call + ' ' + level + ':' + option, (int) -answer);
  }
}

package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.foreign.Scratch;

/**
 * A Unix socket that keeps messages apart, {@code SOCK_SEQPACKET} of unix(7), and may carry a
 * descriptor with each.
 *
 * <p>A descriptor that arrives is close-on-exec. Waiting for a message is {@link Poll}'s.
 */
public final class Seqpacket implements AutoCloseable {
  /** The longest path a socket can have, in bytes. */
  public static final int MAX_PATH_BYTES = 107;

  private static final int AF_UNIX = 1;
  private static final int SOCK_SEQPACKET = 5;
  private static final int SOCK_CLOEXEC = 02000000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_PEERCRED = 17;
  private static final int SO_PEERPIDFD = 77;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_PEEK = 2;
  private static final int MSG_CTRUNC = 8;
  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;

  /** {@code struct sockaddr_un}. */
  static final StructLayout ADDRESS =
      structLayout(
              JAVA_SHORT.withName("sun_family"),
              sequenceLayout(MAX_PATH_BYTES + 1, JAVA_BYTE).withName("sun_path"))
          .withName("struct sockaddr_un");

  /** {@code struct msghdr}. */
  static final StructLayout HEADER =
      structLayout(
              JAVA_LONG.withName("msg_name"),
              JAVA_INT.withName("msg_namelen"),
              paddingLayout(4),
              JAVA_LONG.withName("msg_iov"),
              JAVA_LONG.withName("msg_iovlen"),
              JAVA_LONG.withName("msg_control"),
              JAVA_LONG.withName("msg_controllen"),
              JAVA_INT.withName("msg_flags"),
              paddingLayout(4))
          .withName("struct msghdr");

  /** {@code struct cmsghdr}, followed by one descriptor and its padding. */
  static final StructLayout CONTROL =
      structLayout(
          JAVA_LONG.withName("cmsg_len"),
          JAVA_INT.withName("cmsg_level"),
          JAVA_INT.withName("cmsg_type"),
          JAVA_INT.withName("descriptor"),
          paddingLayout(4));

  /** {@code struct ucred}. */
  static final StructLayout CREDENTIALS =
      structLayout(JAVA_INT.withName("pid"), JAVA_INT.withName("uid"), JAVA_INT.withName("gid"))
          .withName("struct ucred");

  private static final long SUN_PATH = ADDRESS.byteOffset(groupElement("sun_path"));
  private static final long MSG_IOV = HEADER.byteOffset(groupElement("msg_iov"));
  private static final long MSG_IOVLEN = HEADER.byteOffset(groupElement("msg_iovlen"));
  private static final long MSG_CONTROL = HEADER.byteOffset(groupElement("msg_control"));
  private static final long MSG_CONTROLLEN = HEADER.byteOffset(groupElement("msg_controllen"));
  private static final long MSG_FLAGS = HEADER.byteOffset(groupElement("msg_flags"));
  private static final long CMSG_LEN = CONTROL.byteOffset(groupElement("cmsg_len"));
  private static final long CMSG_LEVEL = CONTROL.byteOffset(groupElement("cmsg_level"));
  private static final long CMSG_TYPE = CONTROL.byteOffset(groupElement("cmsg_type"));
  private static final long DESCRIPTOR = CONTROL.byteOffset(groupElement("descriptor"));
  private static final long CONTROL_WITH_ONE = DESCRIPTOR + Integer.BYTES;

  private final Fd fd;

  private Seqpacket(Fd fd) {
    this.fd = fd;
  }

  /**
   * A message and what came with it.
   *
   * @param bytes the message
   * @param descriptor the descriptor that came along, owned by the receiver; null when none did
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  public record Message(byte[] bytes, @Nullable Fd descriptor) {}

  /**
   * Who made the other end, when it was connected.
   *
   * @param pid in the caller's pid namespace, 0 when it is not visible there
   * @param uid effective user, in the caller's user namespace
   * @param gid effective group, in the caller's user namespace
   */
  public record Credentials(int pid, int uid, int gid) {}

  /**
   * Takes over a socket.
   *
   * @param fd a connected or listening socket of this kind; closed together with this object
   * @return the socket
   */
  public static Seqpacket of(Fd fd) {
    return new Seqpacket(fd);
  }

  /**
   * Makes two sockets connected with each other, close-on-exec, socketpair(2).
   *
   * @return both
   * @throws SyscallException EMFILE
   */
  public static Seqpacket[] pair() throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment pair = scratch.allocate(2L * Integer.BYTES);
      Syscall.check(
          Syscall.raw(
              SyscallNumber.SOCKETPAIR, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.address()),
          "socketpair");
      return new Seqpacket[] {
        new Seqpacket(Fd.of(pair.get(JAVA_INT, 0))),
        new Seqpacket(Fd.of(pair.get(JAVA_INT, Integer.BYTES)))
      };
    }
  }

  /**
   * Makes a socket with a name in the file system that others connect to.
   *
   * @param path its name, of at most {@link #MAX_PATH_BYTES} bytes; nothing may be there yet
   * @param backlog how many connections may wait to be accepted
   * @return the listening socket, close-on-exec
   * @throws SyscallException EADDRINUSE when the name is taken; bind(2), listen(2)
   */
  public static Seqpacket listen(String path, int backlog) throws SyscallException {
    Fd fd = socket();
    try (Scratch scratch = Scratch.open()) {
      MemorySegment address = address(scratch, path);
      long bound =
          Syscall.raw(SyscallNumber.BIND, fd.number(), address.address(), address.byteSize());
      if (bound < 0) {
        throw Syscall.failure(bound, "bind " + path);
      }
      Syscall.check(Syscall.raw(SyscallNumber.LISTEN, fd.number(), backlog), "listen");
      return new Seqpacket(fd);
    } catch (SyscallException e) {
      throw closing(fd, e);
    }
  }

  /**
   * Connects to a listening socket.
   *
   * @param path its name
   * @return the connected socket, close-on-exec
   * @throws SyscallException ENOENT, or ECONNREFUSED when nobody listens any more; connect(2)
   */
  public static Seqpacket connect(String path) throws SyscallException {
    Fd fd = socket();
    try (Scratch scratch = Scratch.open()) {
      MemorySegment address = address(scratch, path);
      long answer =
          Syscall.raw(SyscallNumber.CONNECT, fd.number(), address.address(), address.byteSize());
      if (answer < 0) {
        throw Syscall.failure(answer, "connect " + path);
      }
      return new Seqpacket(fd);
    } catch (SyscallException e) {
      throw closing(fd, e);
    }
  }

  /**
   * Waits for a connection.
   *
   * @return the new connection, close-on-exec
   * @throws SyscallException accept(2); EINVAL when this socket does not listen
   */
  public Seqpacket accept() throws SyscallException {
    long answer;
    do {
      answer = Syscall.raw(SyscallNumber.ACCEPT4, fd.number(), 0, 0, SOCK_CLOEXEC);
    } while (answer == -Errno.EINTR.number());
    return new Seqpacket(Fd.of((int) Syscall.check(answer, "accept")));
  }

  /**
   * The socket's descriptor, for waiting.
   *
   * @return still owned by this object
   */
  public Fd fd() {
    return fd;
  }

  /**
   * Who made the other end.
   *
   * @return as of the moment it connected, or made the pair
   * @throws SyscallException getsockopt(2)
   */
  public Credentials peer() throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment value = scratch.allocate(CREDENTIALS);
      option(scratch, SO_PEERCRED, value, "getsockopt SO_PEERCRED");
      return new Credentials(
          value.get(JAVA_INT, 0),
          value.get(JAVA_INT, Integer.BYTES),
          value.get(JAVA_INT, 2L * Integer.BYTES));
    }
  }

  /**
   * A handle on the process that made the other end, which no reuse of its pid can mislead.
   *
   * @return a pidfd, owned by the caller
   * @throws SyscallException ENOPROTOOPT before Linux 6.5; ESRCH or EINVAL when it is gone
   */
  public Fd peerPidfd() throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment value = scratch.allocate(Integer.BYTES);
      option(scratch, SO_PEERPIDFD, value, "getsockopt SO_PEERPIDFD");
      return Fd.of(value.get(JAVA_INT, 0));
    }
  }

  /**
   * Sends one message.
   *
   * @param message its bytes; empty messages look like the end to the receiver
   * @param descriptor sent along, still owned by the caller; or null
   * @throws SyscallException EPIPE when the other end is closed, EMSGSIZE; sendmsg(2)
   */
  public void send(byte[] message, @Nullable Fd descriptor) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment control = scratch.allocate(CONTROL);
      MemorySegment header = header(scratch, scratch.bytes(message), control);
      if (descriptor == null) {
        header.set(JAVA_LONG, MSG_CONTROL, 0);
        header.set(JAVA_LONG, MSG_CONTROLLEN, 0);
      } else {
        control.set(JAVA_LONG, CMSG_LEN, CONTROL_WITH_ONE);
        control.set(JAVA_INT, CMSG_LEVEL, SOL_SOCKET);
        control.set(JAVA_INT, CMSG_TYPE, SCM_RIGHTS);
        control.set(JAVA_INT, DESCRIPTOR, descriptor.number());
      }
      long answer;
      do {
        answer = Syscall.raw(SyscallNumber.SENDMSG, fd.number(), header.address(), MSG_NOSIGNAL);
      } while (answer == -Errno.EINTR.number());
      Syscall.check(answer, "sendmsg");
    }
  }

  /**
   * Waits for a message, of whatever length.
   *
   * @return the message; empty when the other end is closed
   * @throws SyscallException ECONNRESET when it was closed with messages unread; recvmsg(2)
   */
  public Message receive() throws SyscallException {
    return receive(0);
  }

  /**
   * Takes a message that is there already.
   *
   * @return the message; empty when the other end is closed
   * @throws SyscallException EAGAIN when there is none; recvmsg(2)
   */
  public Message receiveNow() throws SyscallException {
    return receive(MSG_DONTWAIT);
  }

  private Message receive(int flags) throws SyscallException {
    long length;
    do {
      length =
          Syscall.raw(
              SyscallNumber.RECVFROM, fd.number(), 0, 0, flags | MSG_PEEK | MSG_TRUNC, 0, 0);
    } while (length == -Errno.EINTR.number());
    Syscall.check(length, "recvfrom");
    try (Scratch scratch = Scratch.open()) {
      MemorySegment part = scratch.allocateDirty(Math.max(length, 1));
      MemorySegment control = scratch.allocate(CONTROL);
      MemorySegment header = header(scratch, part, control);
      long received;
      do {
        received =
            Syscall.raw(
                SyscallNumber.RECVMSG, fd.number(), header.address(), flags | MSG_CMSG_CLOEXEC);
      } while (received == -Errno.EINTR.number());
      Syscall.check(received, "recvmsg");
      Fd descriptor = descriptor(header, control);
      if ((header.get(JAVA_INT, MSG_FLAGS) & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        if (descriptor != null) {
          descriptor.close();
        }
        throw new SyscallException(
            "recvmsg: the message is not the one announced, or carries too many descriptors",
            Errno.EMSGSIZE.number());
      }
      byte[] bytes = new byte[(int) received];
      MemorySegment.copy(part, JAVA_BYTE, 0, bytes, 0, bytes.length);
      return new Message(bytes, descriptor);
    }
  }

  /**
   * Ends the connection in both directions, for every process that holds this end of it.
   *
   * @throws SyscallException shutdown(2)
   */
  public void shutdown() throws SyscallException {
    int both = 2; // SHUT_RDWR
    Syscall.check(Syscall.raw(SyscallNumber.SHUTDOWN, fd.number(), both), "shutdown");
  }

  @Override
  public void close() throws SyscallException {
    fd.close();
  }

  private static @Nullable Fd descriptor(MemorySegment header, MemorySegment control) {
    boolean carriesOne =
        header.get(JAVA_LONG, MSG_CONTROLLEN) >= CONTROL_WITH_ONE
            && control.get(JAVA_INT, CMSG_LEVEL) == SOL_SOCKET
            && control.get(JAVA_INT, CMSG_TYPE) == SCM_RIGHTS;
    return carriesOne ? Fd.of(control.get(JAVA_INT, DESCRIPTOR)) : null;
  }

  private static MemorySegment header(Scratch scratch, MemorySegment part, MemorySegment control) {
    MemorySegment vector = scratch.allocate(2L * Long.BYTES); // struct iovec
    vector.set(JAVA_LONG, 0, part.address());
    vector.set(JAVA_LONG, Long.BYTES, part.byteSize());
    MemorySegment header = scratch.allocate(HEADER);
    header.set(JAVA_LONG, MSG_IOV, vector.address());
    header.set(JAVA_LONG, MSG_IOVLEN, 1);
    header.set(JAVA_LONG, MSG_CONTROL, control.address());
    header.set(JAVA_LONG, MSG_CONTROLLEN, CONTROL.byteSize());
    return header;
  }

  private void option(Scratch scratch, int name, MemorySegment value, String call)
      throws SyscallException {
    MemorySegment length = scratch.allocate(Integer.BYTES);
    length.set(JAVA_INT, 0, (int) value.byteSize());
    Syscall.check(
        Syscall.raw(
            SyscallNumber.GETSOCKOPT,
            fd.number(),
            SOL_SOCKET,
            name,
            value.address(),
            length.address(),
            0),
        call);
  }

  private static Fd socket() throws SyscallException {
    return Fd.of(
        (int)
            Syscall.check(
                Syscall.raw(SyscallNumber.SOCKET, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, 0),
                "socket"));
  }

  private static MemorySegment address(Scratch scratch, String path) throws SyscallException {
    byte[] name = KernelString.encode(path);
    if (name.length > MAX_PATH_BYTES) {
      throw new SyscallException("socket path " + path, Errno.ENAMETOOLONG.number());
    }
    MemorySegment address = scratch.allocate(ADDRESS);
    address.set(JAVA_SHORT, 0, (short) AF_UNIX);
    MemorySegment.copy(name, 0, address, JAVA_BYTE, SUN_PATH, name.length);
    return address;
  }

  private static SyscallException closing(Fd fd, SyscallException failure) {
    try {
      fd.close();
    } catch (SyscallException e) {
      failure.addSuppressed(e);
    }
    return failure;
  }
}

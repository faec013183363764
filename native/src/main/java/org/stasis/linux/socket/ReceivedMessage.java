package org.stasis.linux.socket;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Syscall;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.foreign.Scratch;

/**
 * One answer of recvmsg(2).
 *
 * @param data what came
 * @param length how long the packet is; with MSG_TRUNC more than came
 * @param flags {@code msg_flags}
 * @param sender the whole {@code sockaddr}, empty without a name
 * @param rights descriptors that came, close-on-exec
 * @param credentials who sent it, when the kernel says so
 */
record ReceivedMessage(
    byte[] data,
    int length,
    int flags,
    byte[] sender,
    List<Fd> rights,
    @Nullable Credentials credentials) {
  /** {@code struct msghdr}. */
  static final StructLayout HEADER =
      structLayout(
              JAVA_LONG.withName("msg_name"),
              JAVA_INT.withName("msg_namelen"),
              MemoryLayout.paddingLayout(4),
              JAVA_LONG.withName("msg_iov"),
              JAVA_LONG.withName("msg_iovlen"),
              JAVA_LONG.withName("msg_control"),
              JAVA_LONG.withName("msg_controllen"),
              JAVA_INT.withName("msg_flags"),
              MemoryLayout.paddingLayout(4))
          .withName("struct msghdr");

  private static final long NAME = HEADER.byteOffset(groupElement("msg_name"));
  private static final long NAME_LENGTH = HEADER.byteOffset(groupElement("msg_namelen"));
  private static final long VECTOR = HEADER.byteOffset(groupElement("msg_iov"));
  private static final long VECTOR_LENGTH = HEADER.byteOffset(groupElement("msg_iovlen"));
  private static final long CONTROL = HEADER.byteOffset(groupElement("msg_control"));
  private static final long CONTROL_LENGTH = HEADER.byteOffset(groupElement("msg_controllen"));
  private static final long FLAGS = HEADER.byteOffset(groupElement("msg_flags"));

  /** {@code struct cmsghdr}. */
  static final StructLayout CONTROL_HEADER =
      structLayout(
              JAVA_LONG.withName("cmsg_len"),
              JAVA_INT.withName("cmsg_level"),
              JAVA_INT.withName("cmsg_type"))
          .withName("struct cmsghdr");

  private static final long FORBIDDEN_ADDRESS = 16; // below vm.mmap_min_addr and in no JVM mapped
  private static final int NAME_BYTES = 128; // sizeof(struct sockaddr_storage)
  private static final int CONTROL_BYTES = 2048; // SCM_MAX_FD is 253; credentials, labels, pidfd

  /**
   * Receives, and starts again when a signal interrupts.
   *
   * @param socket where
   * @param capacity how many bytes are taken at most
   * @param ancillary whether descriptors and credentials are taken too
   * @param flags {@code MSG_}
   * @return what came, or null when there is nothing (EAGAIN)
   * @throws SyscallException recvmsg(2)
   */
  static @Nullable ReceivedMessage receive(Fd socket, int capacity, boolean ancillary, int flags)
      throws SyscallException {
    return receive(socket, capacity, 0, ancillary, flags);
  }

  /**
   * Receives into memory that is followed by memory nobody can write to. What the kernel copies in
   * one piece comes whole or not at all.
   *
   * @param socket where
   * @param capacity how many bytes are taken at most
   * @param flags {@code MSG_}
   * @return what came, or null when there is nothing (EAGAIN)
   * @throws SyscallException EFAULT when nothing fits
   */
  static @Nullable ReceivedMessage receiveWhole(Fd socket, int capacity, int flags)
      throws SyscallException {
    return receive(socket, capacity, 1, false, flags);
  }

  private static @Nullable ReceivedMessage receive(
      Fd socket, int capacity, int forbidden, boolean ancillary, int flags)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment header = scratch.allocate(HEADER);
      MemorySegment name = scratch.allocateDirty(NAME_BYTES);
      MemorySegment data = scratch.allocateDirty(capacity);
      MemorySegment control = scratch.allocateDirty(CONTROL_BYTES);
      MemorySegment vector = scratch.allocate(4L * Long.BYTES);
      vector.set(JAVA_LONG, 0, data.address());
      vector.set(JAVA_LONG, Long.BYTES, capacity);
      vector.set(JAVA_LONG, 2 * Long.BYTES, FORBIDDEN_ADDRESS);
      vector.set(JAVA_LONG, 3 * Long.BYTES, forbidden);
      long answer;
      do {
        header.set(JAVA_LONG, NAME, name.address());
        header.set(JAVA_INT, NAME_LENGTH, NAME_BYTES);
        header.set(JAVA_LONG, VECTOR, vector.address());
        header.set(JAVA_LONG, VECTOR_LENGTH, 1 + forbidden);
        header.set(JAVA_LONG, CONTROL, ancillary ? control.address() : 0);
        header.set(JAVA_LONG, CONTROL_LENGTH, ancillary ? CONTROL_BYTES : 0);
        answer =
            Syscall.raw(
                SyscallNumber.RECVMSG,
                socket.number(),
                header.address(),
                flags | SocketOption.MSG_CMSG_CLOEXEC);
      } while (answer == -Errno.EINTR.number());
      if (answer == -Errno.EAGAIN.number()) {
        return null;
      }
      int length = (int) Syscall.check(answer, "recvmsg");
      Ancillary came = new Ancillary();
      came.parse(control.asSlice(0, header.get(JAVA_LONG, CONTROL_LENGTH)));
      int nameLength = Math.min(header.get(JAVA_INT, NAME_LENGTH), NAME_BYTES);
      return new ReceivedMessage(
          data.asSlice(0, Math.min(length, capacity)).toArray(JAVA_BYTE),
          length,
          header.get(JAVA_INT, FLAGS),
          name.asSlice(0, nameLength).toArray(JAVA_BYTE),
          came.rights,
          came.credentials);
    }
  }

  private static final class Ancillary {
    private final List<Fd> rights = new ArrayList<>();
    private @Nullable Credentials credentials;

    void parse(MemorySegment control) {
      long headerBytes = CONTROL_HEADER.byteSize();
      long at = 0;
      while (at + headerBytes <= control.byteSize()) {
        long length = control.get(JAVA_LONG, at);
        if (length < headerBytes || at + length > control.byteSize()) {
          return;
        }
        int level = control.get(JAVA_INT, at + Long.BYTES);
        int type = control.get(JAVA_INT, at + Long.BYTES + Integer.BYTES);
        if (level == SocketOption.SOL_SOCKET) {
          take(type, control.asSlice(at + headerBytes, length - headerBytes));
        }
        at += (length + Long.BYTES - 1) & -Long.BYTES;
      }
    }

    private void take(int type, MemorySegment content) {
      if (type == SocketOption.SCM_RIGHTS) {
        for (long i = 0; i + Integer.BYTES <= content.byteSize(); i += Integer.BYTES) {
          rights.add(Fd.of(content.get(JAVA_INT, i)));
        }
      } else if (type == SocketOption.SCM_CREDENTIALS) {
        credentials =
            new Credentials(
                content.get(JAVA_INT, 0), content.get(JAVA_INT, 4), content.get(JAVA_INT, 8));
      }
    }
  }
}

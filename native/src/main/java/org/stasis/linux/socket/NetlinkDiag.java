package org.stasis.linux.socket;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.stasis.linux.SyscallException;

/**
 * A netlink(7) socket as sock_diag(7) tells it.
 *
 * @param inode its number
 * @param type {@code SOCK_}
 * @param protocol {@code NETLINK_}
 * @param state 0 unconnected, 1 connected
 * @param portId its address, unsigned; 0 before it is bound
 * @param destinationPortId whom it is connected to
 * @param destinationGroup which group it is connected to
 * @param groups it listens to: bit n - 1, the lowest byte first, stands for group n
 * @param flags {@code NDIAG_FLAG_} bits; 0 from kernels that don't tell
 */
@SuppressWarnings("ArrayRecordComponent") // bytes on their way to an image; nobody compares them
public record NetlinkDiag(
    long inode,
    int type,
    int protocol,
    int state,
    int portId,
    int destinationPortId,
    int destinationGroup,
    byte[] groups,
    int flags) {
  /** In the middle of an answer of many parts. */
  public static final int NDIAG_FLAG_CB_RUNNING = 0x01;

  public static final int NDIAG_FLAG_PKTINFO = 0x02;
  public static final int NDIAG_FLAG_BROADCAST_ERROR = 0x04;
  public static final int NDIAG_FLAG_NO_ENOBUFS = 0x08;
  public static final int NDIAG_FLAG_LISTEN_ALL_NSID = 0x10;
  public static final int NDIAG_FLAG_CAP_ACK = 0x20;

  /** {@code struct netlink_diag_req}. */
  static final StructLayout REQUEST =
      structLayout(
              JAVA_BYTE.withName("sdiag_family"),
              JAVA_BYTE.withName("sdiag_protocol"),
              paddingLayout(2),
              JAVA_INT.withName("ndiag_ino"),
              JAVA_INT.withName("ndiag_show"),
              paddingLayout(8))
          .withName("struct netlink_diag_req");

  /** {@code struct netlink_diag_msg}. */
  static final StructLayout MESSAGE =
      structLayout(
              JAVA_BYTE.withName("ndiag_family"),
              JAVA_BYTE.withName("ndiag_type"),
              JAVA_BYTE.withName("ndiag_protocol"),
              JAVA_BYTE.withName("ndiag_state"),
              JAVA_INT.withName("ndiag_portid"),
              JAVA_INT.withName("ndiag_dst_portid"),
              JAVA_INT.withName("ndiag_dst_group"),
              JAVA_INT.withName("ndiag_ino"),
              paddingLayout(8))
          .withName("struct netlink_diag_msg");

  private static final int SHOW = (int) REQUEST.byteOffset(groupElement("ndiag_show"));
  private static final int FAMILY = (int) REQUEST.byteOffset(groupElement("sdiag_family"));
  private static final int REQUESTED = (int) REQUEST.byteOffset(groupElement("sdiag_protocol"));
  private static final long TYPE = MESSAGE.byteOffset(groupElement("ndiag_type"));
  private static final long PROTOCOL = MESSAGE.byteOffset(groupElement("ndiag_protocol"));
  private static final long STATE = MESSAGE.byteOffset(groupElement("ndiag_state"));
  private static final long PORT_ID = MESSAGE.byteOffset(groupElement("ndiag_portid"));
  private static final long TO_PORT_ID = MESSAGE.byteOffset(groupElement("ndiag_dst_portid"));
  private static final long TO_GROUP = MESSAGE.byteOffset(groupElement("ndiag_dst_group"));
  private static final long INODE = MESSAGE.byteOffset(groupElement("ndiag_ino"));

  private static final int SOCK_DIAG_BY_FAMILY = 20;
  private static final int ALL_PROTOCOLS = 255;
  private static final int SHOW_GROUPS = 2;
  private static final int SHOW_FLAGS = 8;
  private static final int ATTRIBUTE_GROUPS = 1;
  private static final int ATTRIBUTE_FLAGS = 4;
  private static final int ATTEMPTS = 8;
  private static final byte[] NO_GROUPS = {};

  /**
   * Whether it listens to a group.
   *
   * @param group counted from 1
   * @return true when it does
   */
  public boolean listensTo(int group) {
    int bit = group - 1;
    return bit / 8 < groups.length && (groups[bit / 8] >>> (bit % 8) & 1) != 0;
  }

  /**
   * All netlink sockets of this thread's network namespace.
   *
   * @return by inode
   * @throws SyscallException ENOENT when the kernel has no netlink_diag
   */
  public static Map<Long, NetlinkDiag> all() throws SyscallException {
    ByteBuffer request =
        ByteBuffer.allocate((int) REQUEST.byteSize()).order(ByteOrder.nativeOrder());
    request.put(FAMILY, (byte) SocketOption.AF_NETLINK);
    request.put(REQUESTED, (byte) ALL_PROTOCOLS);
    request.putInt(SHOW, SHOW_GROUPS | SHOW_FLAGS);
    Map<Long, NetlinkDiag> sockets = new HashMap<>();
    try (NetlinkSocket netlink = NetlinkSocket.open(NetlinkSocket.NETLINK_SOCK_DIAG)) {
      boolean whole = false;
      for (int i = 0; i < ATTEMPTS && !whole; i++) {
        sockets.clear();
        whole =
            netlink.dump(
                SOCK_DIAG_BY_FAMILY,
                request.array(),
                (type, message) -> {
                  NetlinkDiag socket = parse(message);
                  sockets.put(socket.inode, socket);
                });
      }
    }
    return sockets;
  }

  private static NetlinkDiag parse(MemorySegment message) {
    byte[] groups = NO_GROUPS;
    int flags = 0;
    Attributes attributes = new Attributes(message, MESSAGE.byteSize());
    while (attributes.next()) {
      MemorySegment value = attributes.value();
      switch (attributes.type()) {
        case ATTRIBUTE_GROUPS -> groups = withoutZeroes(value.toArray(JAVA_BYTE));
        case ATTRIBUTE_FLAGS -> flags = value.get(JAVA_INT, 0);
        default -> {} // its memory
      }
    }
    return new NetlinkDiag(
        Integer.toUnsignedLong(message.get(JAVA_INT, INODE)),
        message.get(JAVA_BYTE, TYPE),
        Byte.toUnsignedInt(message.get(JAVA_BYTE, PROTOCOL)),
        message.get(JAVA_BYTE, STATE),
        message.get(JAVA_INT, PORT_ID),
        message.get(JAVA_INT, TO_PORT_ID),
        message.get(JAVA_INT, TO_GROUP),
        groups,
        flags);
  }

  private static byte[] withoutZeroes(byte[] bytes) {
    int length = bytes.length;
    while (length > 0 && bytes[length - 1] == 0) {
      length--;
    }
    return Arrays.copyOf(bytes, length);
  }
}

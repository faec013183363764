package org.stasis.linux.socket;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.stasis.linux.SyscallException;

/**
 * A packet socket as sock_diag(7) tells it.
 *
 * @param inode its number
 * @param type {@code SOCK_}
 * @param protocol the protocol it takes packets of, in host byte order
 * @param interfaceIndex of the interface it is bound to, 0 for all
 * @param copyThreshold PACKET_COPY_THRESH of packet(7)
 * @param memberships what it has joined
 * @param rings whether it has a ring for receiving or sending
 * @param fanout the group it shares packets with, as PACKET_FANOUT takes it; 0 without
 * @param hasFanout whether it shares packets
 */
public record PacketDiag(
    long inode,
    int type,
    int protocol,
    int interfaceIndex,
    int copyThreshold,
    List<Membership> memberships,
    boolean rings,
    int fanout,
    boolean hasFanout) {
  private static final int SOCK_DIAG_BY_FAMILY = 20;
  private static final int SHOW_INFO = 1;
  private static final int SHOW_MCLIST = 2;
  private static final int SHOW_RING_CFG = 4;
  private static final int SHOW_FANOUT = 8;
  private static final int REQUEST_BYTES = 20; // struct packet_diag_req
  private static final int MESSAGE_BYTES = 16; // struct packet_diag_msg
  private static final int MEMBERSHIP_BYTES = 44; // struct packet_diag_mclist
  private static final int ATTEMPTS = 8;

  private static final int ATTRIBUTE_INFO = 0;
  private static final int ATTRIBUTE_MCLIST = 1;
  private static final int ATTRIBUTE_RX_RING = 2;
  private static final int ATTRIBUTE_TX_RING = 3;
  private static final int ATTRIBUTE_FANOUT = 4;

  /** Copies the list. */
  public PacketDiag {
    memberships = List.copyOf(memberships);
  }

  /**
   * Something joined, PACKET_ADD_MEMBERSHIP of packet(7).
   *
   * @param interfaceIndex where
   * @param count how often
   * @param type {@code PACKET_MR_}
   * @param address of the group; its length is that of the link's addresses
   */
  public record Membership(int interfaceIndex, int count, int type, byte[] address) {}

  /**
   * All packet sockets of this thread's network namespace.
   *
   * @return by inode
   * @throws SyscallException ENOENT when the kernel has no packet_diag
   */
  public static Map<Long, PacketDiag> all() throws SyscallException {
    ByteBuffer request = ByteBuffer.allocate(REQUEST_BYTES).order(ByteOrder.nativeOrder());
    request.put((byte) SocketOption.AF_PACKET).put((byte) 0).putShort((short) 0).putInt(0);
    request.putInt(SHOW_INFO | SHOW_MCLIST | SHOW_RING_CFG | SHOW_FANOUT);
    Map<Long, PacketDiag> sockets = new HashMap<>();
    try (NetlinkSocket netlink = NetlinkSocket.open(NetlinkSocket.NETLINK_SOCK_DIAG)) {
      boolean whole = false;
      for (int i = 0; i < ATTEMPTS && !whole; i++) {
        whole =
            netlink.dump(
                SOCK_DIAG_BY_FAMILY,
                request.array(),
                (type, message) -> {
                  PacketDiag socket = parse(message);
                  sockets.put(socket.inode, socket);
                });
      }
    }
    return sockets;
  }

  private static PacketDiag parse(MemorySegment message) {
    int interfaceIndex = 0;
    int copyThreshold = 0;
    boolean rings = false;
    int fanout = 0;
    boolean hasFanout = false;
    List<Membership> memberships = new ArrayList<>();
    Attributes attributes = new Attributes(message, MESSAGE_BYTES);
    while (attributes.next()) {
      MemorySegment value = attributes.value();
      switch (attributes.type()) {
        case ATTRIBUTE_INFO -> {
          interfaceIndex = value.get(JAVA_INT, 0);
          copyThreshold = value.get(JAVA_INT, 12);
        }
        case ATTRIBUTE_MCLIST -> {
          for (long at = 0; at + MEMBERSHIP_BYTES <= value.byteSize(); at += MEMBERSHIP_BYTES) {
            memberships.add(membership(value.asSlice(at, MEMBERSHIP_BYTES)));
          }
        }
        case ATTRIBUTE_RX_RING, ATTRIBUTE_TX_RING -> rings = true;
        case ATTRIBUTE_FANOUT -> {
          fanout = value.get(JAVA_INT, 0);
          hasFanout = true;
        }
        default -> {} // what memory it takes, whose it is, its filter
      }
    }
    return new PacketDiag(
        Integer.toUnsignedLong(message.get(JAVA_INT, 4)),
        message.get(JAVA_BYTE, 1),
        Short.toUnsignedInt(message.get(JAVA_SHORT, 2)),
        interfaceIndex,
        copyThreshold,
        memberships,
        rings,
        fanout,
        hasFanout);
  }

  private static Membership membership(MemorySegment one) {
    int length = Math.min(Short.toUnsignedInt(one.get(JAVA_SHORT, 10)), 32);
    return new Membership(
        one.get(JAVA_INT, 0),
        one.get(JAVA_INT, 4),
        Short.toUnsignedInt(one.get(JAVA_SHORT, 8)),
        one.asSlice(12, length).toArray(JAVA_BYTE));
  }
}

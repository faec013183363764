package org.stasis.linux.socket;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import org.stasis.linux.SyscallException;

/**
 * A Unix socket as sock_diag(7) tells it.
 *
 * @param inode its number, 0 for a connection not yet accepted
 * @param type {@code SOCK_}
 * @param state 1 established, 7 unconnected, 10 listening
 * @param name raw bytes of its name without the family; empty when unbound
 * @param bound whether it is bound to a file
 * @param fileInode of that file
 * @param fileDevice of that file, in the kernel's form
 * @param peer inode of the socket it is connected to; 0 for none
 * @param peerGone whether it is connected to a socket that has no inode: one that is closed, or has
 *     yet to be accepted
 * @param pending of a listener: the inodes of clients that wait to be accepted, oldest first; 0 for
 *     one that is gone
 * @param receiveQueue bytes in the receive queue; of a listener the number of waiting clients
 * @param sendQueue memory taken by what was sent and not yet read; of a listener the backlog
 * @param shutdown 1 no more reading, 2 no more writing, 3 neither
 */
public record UnixDiag(
    long inode,
    int type,
    int state,
    byte[] name,
    boolean bound,
    long fileInode,
    int fileDevice,
    long peer,
    boolean peerGone,
    int[] pending,
    int receiveQueue,
    int sendQueue,
    int shutdown) {
  private static final int SOCK_DIAG_BY_FAMILY = 20;
  private static final int SHOW_NAME = 1;
  private static final int SHOW_VFS = 2;
  private static final int SHOW_PEER = 4;
  private static final int SHOW_ICONS = 8;
  private static final int SHOW_RQLEN = 16;
  private static final int ALL_STATES = -1;
  private static final int REQUEST_BYTES = 24; // struct unix_diag_req
  private static final int MESSAGE_BYTES = 16; // struct unix_diag_msg
  private static final int ATTEMPTS = 8;

  private static final int ATTRIBUTE_NAME = 0;
  private static final int ATTRIBUTE_VFS = 1;
  private static final int ATTRIBUTE_PEER = 2;
  private static final int ATTRIBUTE_ICONS = 3;
  private static final int ATTRIBUTE_RQLEN = 4;
  private static final int ATTRIBUTE_SHUTDOWN = 6;

  private static final byte[] NO_BYTES = {};
  private static final int[] NO_INTS = {};

  /**
   * All Unix sockets of this thread's network namespace.
   *
   * @return by inode
   * @throws SyscallException ENOENT or EPROTONOSUPPORT when the kernel has no unix_diag
   */
  public static Map<Long, UnixDiag> all() throws SyscallException {
    ByteBuffer request = ByteBuffer.allocate(REQUEST_BYTES).order(ByteOrder.nativeOrder());
    request.put((byte) SocketOption.AF_UNIX).put((byte) 0).putShort((short) 0);
    request.putInt(ALL_STATES).putInt(0);
    request.putInt(SHOW_NAME | SHOW_VFS | SHOW_PEER | SHOW_ICONS | SHOW_RQLEN);
    Map<Long, UnixDiag> sockets = new HashMap<>();
    try (NetlinkSocket netlink = NetlinkSocket.open(NetlinkSocket.NETLINK_SOCK_DIAG)) {
      boolean whole = false;
      for (int i = 0; i < ATTEMPTS && !whole; i++) {
        whole =
            netlink.dump(
                SOCK_DIAG_BY_FAMILY,
                request.array(),
                (type, payload) -> {
                  UnixDiag socket = parse(payload);
                  sockets.put(socket.inode, socket);
                });
      }
    }
    return sockets;
  }

  private static UnixDiag parse(MemorySegment message) {
    byte[] name = NO_BYTES;
    boolean bound = false;
    long fileInode = 0;
    int fileDevice = 0;
    long peer = 0;
    boolean peerGone = false;
    int[] pending = NO_INTS;
    int receiveQueue = 0;
    int sendQueue = 0;
    int shutdown = 0;
    Attributes attributes = new Attributes(message, MESSAGE_BYTES);
    while (attributes.next()) {
      MemorySegment value = attributes.value();
      switch (attributes.type()) {
        case ATTRIBUTE_NAME -> name = value.toArray(JAVA_BYTE);
        case ATTRIBUTE_VFS -> {
          bound = true;
          fileInode = Integer.toUnsignedLong(value.get(JAVA_INT, 0));
          fileDevice = value.get(JAVA_INT, 4);
        }
        case ATTRIBUTE_PEER -> {
          peer = Integer.toUnsignedLong(value.get(JAVA_INT, 0));
          peerGone = peer == 0;
        }
        case ATTRIBUTE_ICONS -> pending = value.toArray(JAVA_INT);
        case ATTRIBUTE_RQLEN -> {
          receiveQueue = value.get(JAVA_INT, 0);
          sendQueue = value.get(JAVA_INT, 4);
        }
        case ATTRIBUTE_SHUTDOWN -> shutdown = value.get(JAVA_BYTE, 0);
        default -> {} // kernels to come tell more
      }
    }
    return new UnixDiag(
        Integer.toUnsignedLong(message.get(JAVA_INT, 4)),
        message.get(JAVA_BYTE, 1),
        message.get(JAVA_BYTE, 2),
        name,
        bound,
        fileInode,
        fileDevice,
        peer,
        peerGone,
        pending,
        receiveQueue,
        sendQueue,
        shutdown);
  }
}

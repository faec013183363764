package org.stasis.linux.socket;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import org.stasis.linux.SyscallException;

/** What only sock_diag(7) tells about IP sockets: which directions are shut down. */
public final class InetDiag {
  private static final int SOCK_DIAG_BY_FAMILY = 20;
  private static final int REQUEST_BYTES = 56; // struct inet_diag_req_v2
  private static final int MESSAGE_BYTES = 72; // struct inet_diag_msg
  private static final int INODE = 68;
  private static final int INET_DIAG_SHUTDOWN = 8;
  private static final int ALL_STATES = -1;
  private static final int ATTEMPTS = 8;

  private InetDiag() {}

  /**
   * Asks about all named sockets of one family and protocol in this thread's network namespace.
   *
   * @param family {@code AF_INET} or {@code AF_INET6}
   * @param protocol {@code IPPROTO_TCP}, {@code IPPROTO_UDP}, …
   * @return by inode those that are shut down: 1 no more reading, 2 no more writing, 3 neither
   * @throws SyscallException ENOENT when the kernel has no diagnostics for the protocol
   */
  public static Map<Long, Integer> shutdowns(int family, int protocol) throws SyscallException {
    ByteBuffer request = ByteBuffer.allocate(REQUEST_BYTES).order(ByteOrder.nativeOrder());
    request.put((byte) family).put((byte) protocol);
    request.put((byte) (1 << (INET_DIAG_SHUTDOWN - 1))).put((byte) 0).putInt(ALL_STATES);
    Map<Long, Integer> found = new HashMap<>();
    try (NetlinkSocket netlink = NetlinkSocket.open(NetlinkSocket.NETLINK_SOCK_DIAG)) {
      boolean whole = false;
      for (int i = 0; i < ATTEMPTS && !whole; i++) {
        whole =
            netlink.dump(
                SOCK_DIAG_BY_FAMILY, request.array(), (type, message) -> take(message, found));
      }
    }
    return found;
  }

  private static void take(MemorySegment message, Map<Long, Integer> found) {
    Attributes attributes = new Attributes(message, MESSAGE_BYTES);
    while (attributes.next()) {
      if (attributes.type() == INET_DIAG_SHUTDOWN) {
        int shutdown = attributes.value().get(JAVA_BYTE, 0);
        if (shutdown != 0) {
          found.put(Integer.toUnsignedLong(message.get(JAVA_INT, INODE)), shutdown);
        }
      }
    }
  }
}

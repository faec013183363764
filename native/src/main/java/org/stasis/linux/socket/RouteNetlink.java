package org.stasis.linux.socket;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.stasis.linux.Errno;
import org.stasis.linux.SyscallException;

/**
 * Interfaces, addresses, routes and rules of the network namespace of the thread that opens this,
 * rtnetlink(7).
 *
 * <p>Addresses, routes and rules are carried as the kernel's own messages, one behind the other
 * with their headers: what {@code ip addr save} writes after its first four bytes.
 */
public final class RouteNetlink implements AutoCloseable {
  public static final int RTM_NEWLINK = 16;
  public static final int RTM_DELLINK = 17;
  public static final int RTM_GETLINK = 18;
  public static final int RTM_NEWADDR = 20;
  public static final int RTM_GETADDR = 22;
  public static final int RTM_NEWROUTE = 24;
  public static final int RTM_GETROUTE = 26;
  public static final int RTM_NEWRULE = 32;
  public static final int RTM_GETRULE = 34;

  public static final int RT_TABLE_UNSPEC = 0;
  public static final int RT_TABLE_DEFAULT = 253;
  public static final int RT_TABLE_MAIN = 254;
  public static final int RT_TABLE_LOCAL = 255;

  /** {@code struct rtmsg}, also the start of {@code struct fib_rule_hdr}. */
  static final StructLayout ROUTE =
      structLayout(
              JAVA_BYTE.withName("rtm_family"),
              paddingLayout(3),
              JAVA_BYTE.withName("rtm_table"),
              paddingLayout(3),
              JAVA_INT.withName("rtm_flags"))
          .withName("struct rtmsg");

  private static final long TABLE = ROUTE.byteOffset(groupElement("rtm_table"));
  private static final long ROUTE_FLAGS = ROUTE.byteOffset(groupElement("rtm_flags"));
  private static final int RTM_F_CLONED = 0x200; // an entry of a cache, made when it is needed
  private static final int RTA_TABLE = 15;
  private static final int FRA_PRIORITY = 6;
  private static final int ATTRIBUTE_HEADER_BYTES = 4; // struct rtattr
  private static final int ATTRIBUTE_BYTES = ATTRIBUTE_HEADER_BYTES + Integer.BYTES;

  private static final int NETLINK_ROUTE = 0;
  private static final int NLM_F_MULTI = 2;
  private static final int HEADER_BYTES = 16; // struct nlmsghdr
  private static final int HEADER_TYPE = 4;
  private static final int HEADER_FLAGS = 6;
  private static final int HEADER_SEQUENCE = 8;
  private static final int ATTEMPTS = 8;

  private final NetlinkSocket socket;

  private RouteNetlink(NetlinkSocket socket) {
    this.socket = socket;
  }

  /** Which messages to keep. */
  @FunctionalInterface
  private interface Filter {
    boolean keeps(MemorySegment payload);
  }

  /**
   * Opens a socket.
   *
   * @return in the network namespace of the calling thread, and staying there
   * @throws SyscallException EMFILE
   */
  public static RouteNetlink open() throws SyscallException {
    return new RouteNetlink(NetlinkSocket.open(NETLINK_ROUTE));
  }

  /**
   * All interfaces.
   *
   * @return in the order of their indexes
   * @throws SyscallException what the kernel answers
   */
  public List<NetworkLink> links() throws SyscallException {
    List<NetworkLink> links = new ArrayList<>();
    byte[] request = new byte[(int) NetworkLink.LAYOUT.byteSize()];
    boolean whole = false;
    for (int i = 0; i < ATTEMPTS && !whole; i++) {
      links.clear();
      whole =
          socket.dump(
              RTM_GETLINK, request, (type, payload) -> links.add(NetworkLink.parse(payload)));
    }
    return links;
  }

  /**
   * Switches an interface on or off.
   *
   * @param index of the interface
   * @param up whether to switch it on
   * @throws SyscallException ENODEV
   */
  public void setUp(int index, boolean up) throws SyscallException {
    byte[] payload = new byte[(int) NetworkLink.LAYOUT.byteSize()];
    ByteBuffer request = natively(payload);
    request.putInt(NetworkLink.INDEX, index);
    request.putInt(NetworkLink.FLAGS, up ? NetworkLink.IFF_UP : 0);
    request.putInt(NetworkLink.CHANGE, NetworkLink.IFF_UP);
    send(RTM_NEWLINK, 0, payload);
  }

  /**
   * All addresses of interfaces.
   *
   * @param family {@code AF_INET}, {@code AF_INET6}, or {@code AF_UNSPEC} for both
   * @return messages RTM_NEWADDR
   * @throws SyscallException what the kernel answers
   */
  public byte[] addresses(int family) throws SyscallException {
    return dump(RTM_GETADDR, family, _ -> true);
  }

  /**
   * Routes of one table.
   *
   * @param family {@code AF_INET} or {@code AF_INET6}
   * @param table {@code RT_TABLE_} value; {@link #RT_TABLE_UNSPEC} for all tables
   * @return messages RTM_NEWROUTE
   * @throws SyscallException what the kernel answers
   */
  public byte[] routes(int family, int table) throws SyscallException {
    return dump(
        RTM_GETROUTE,
        family,
        payload ->
            (payload.get(JAVA_INT, ROUTE_FLAGS) & RTM_F_CLONED) == 0
                && (table == RT_TABLE_UNSPEC || table(payload) == table));
  }

  /**
   * Rules that choose among tables.
   *
   * @param family {@code AF_INET} or {@code AF_INET6}
   * @return messages RTM_NEWRULE, the kernel's own three among them
   * @throws SyscallException what the kernel answers
   */
  public byte[] rules(int family) throws SyscallException {
    return dump(RTM_GETRULE, family, _ -> true);
  }

  /**
   * Makes again what messages describe. What is there already is left alone; what needs something
   * that a later message brings is tried again after it.
   *
   * @param messages as the other methods return them; interfaces must have the same indexes here
   * @throws SyscallException what the kernel answers to the first that can't be made
   */
  public void replay(byte[] messages) throws SyscallException {
    List<byte[]> left = split(messages);
    while (!left.isEmpty()) {
      List<byte[]> again = new ArrayList<>();
      SyscallException why = null;
      for (byte[] message : left) {
        try {
          socket.transact(asRequest(message), 1);
        } catch (SyscallException e) {
          if (e.is(Errno.ENETUNREACH) || e.is(Errno.EHOSTUNREACH)) {
            again.add(message);
            why = e;
          } else if (!e.is(Errno.EEXIST)) {
            throw new SyscallException("netlink message " + type(message), e.errno());
          }
        }
      }
      if (again.size() == left.size() && why != null) {
        throw new SyscallException("netlink message " + type(again.getFirst()), why.errno());
      }
      left = again;
    }
  }

  /**
   * Sends a request and waits for its acknowledgement.
   *
   * @param type of the message, {@code RTM_} value
   * @param flags such as {@link NetlinkSocket#NLM_F_CREATE}
   * @param payload what follows the header
   * @throws SyscallException what the kernel answers
   */
  public void send(int type, int flags, byte[] payload) throws SyscallException {
    socket.transact(
        message(type, flags | NetlinkSocket.NLM_F_REQUEST | NetlinkSocket.NLM_F_ACK, payload), 1);
  }

  @Override
  public void close() throws SyscallException {
    socket.close();
  }

  private byte[] dump(int type, int family, Filter filter) throws SyscallException {
    byte[] request = new byte[(int) ROUTE.byteSize()];
    request[0] = (byte) family;
    ByteArrayOutputStream messages = new ByteArrayOutputStream();
    boolean whole = false;
    for (int i = 0; i < ATTEMPTS && !whole; i++) {
      messages.reset();
      whole =
          socket.dump(
              type,
              request,
              (answered, payload) -> {
                if (filter.keeps(payload)) {
                  messages.writeBytes(message(answered, NLM_F_MULTI, payload.toArray(JAVA_BYTE)));
                }
              });
    }
    return messages.toByteArray();
  }

  /** A number above 255 has an attribute of its own. */
  private static int table(MemorySegment route) {
    Attributes attributes = new Attributes(route, ROUTE.byteSize());
    while (attributes.next()) {
      if (attributes.type() == RTA_TABLE) {
        return attributes.value().get(JAVA_INT, 0);
      }
    }
    return Byte.toUnsignedInt(route.get(JAVA_BYTE, TABLE));
  }

  private static byte[] message(int type, int flags, byte[] payload) {
    int length = HEADER_BYTES + payload.length;
    byte[] message = new byte[NetlinkSocket.aligned(length)];
    natively(message).putInt(length).putShort((short) type).putShort((short) flags);
    System.arraycopy(payload, 0, message, HEADER_BYTES, payload.length);
    return message;
  }

  private static List<byte[]> split(byte[] messages) throws SyscallException {
    ByteBuffer all = natively(messages);
    List<byte[]> list = new ArrayList<>();
    while (all.remaining() >= HEADER_BYTES) {
      int length = all.getInt(all.position());
      if (length < HEADER_BYTES || length > all.remaining()) {
        throw new SyscallException("netlink messages cut short", Errno.EPROTO.number());
      }
      byte[] message = new byte[NetlinkSocket.aligned(length)];
      all.get(message, 0, Math.min(message.length, all.remaining()));
      list.add(message);
    }
    return list;
  }

  private static byte[] asRequest(byte[] message) {
    int flags = NetlinkSocket.NLM_F_REQUEST | NetlinkSocket.NLM_F_ACK | NetlinkSocket.NLM_F_CREATE;
    byte[] made = message.clone();
    if (type(message) == RTM_NEWRULE) {
      flags |= NetlinkSocket.NLM_F_EXCL; // or the same rule would be there twice
      made = withPriority(made);
    }
    natively(made).putShort(HEADER_FLAGS, (short) flags).putLong(HEADER_SEQUENCE, 0);
    return made;
  }

  /** The kernel does not tell a priority of 0, but takes a rule without one for any priority. */
  private static byte[] withPriority(byte[] rule) {
    ByteBuffer old = natively(rule);
    int at = HEADER_BYTES + (int) ROUTE.byteSize();
    while (at + ATTRIBUTE_HEADER_BYTES <= rule.length) {
      int length = Math.max(ATTRIBUTE_HEADER_BYTES, old.getShort(at));
      if (old.getShort(at + Short.BYTES) == FRA_PRIORITY) {
        return rule;
      }
      at += NetlinkSocket.aligned(length);
    }
    byte[] longer = Arrays.copyOf(rule, rule.length + ATTRIBUTE_BYTES);
    ByteBuffer added = natively(longer).putInt(0, longer.length).position(rule.length);
    added.putShort((short) ATTRIBUTE_BYTES).putShort((short) FRA_PRIORITY).putInt(0);
    return longer;
  }

  private static int type(byte[] message) {
    return natively(message).getShort(HEADER_TYPE);
  }

  private static ByteBuffer natively(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
  }
}

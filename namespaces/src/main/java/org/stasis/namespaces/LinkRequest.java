package org.stasis.namespaces;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.stasis.linux.SyscallException;
import org.stasis.linux.socket.NetlinkSocket;
import org.stasis.linux.socket.RouteNetlink;

/**
 * A request about a network device, RTM_NEWLINK of rtnetlink(7): {@code struct ifinfomsg}, then
 * attributes, each with a header of 4 bytes and padded to 4.
 */
final class LinkRequest {
  private static final int IFF_UP = 1;
  private static final int IFLA_ADDRESS = 1;
  private static final int IFLA_IFNAME = 3;
  private static final int IFLA_MTU = 4;
  private static final int IFLA_MASTER = 10;
  private static final int IFLA_LINKINFO = 18;
  private static final int IFLA_NET_NS_FD = 28;
  private static final int IFLA_INFO_KIND = 1;
  private static final int IFLA_INFO_DATA = 2;
  private static final int VETH_INFO_PEER = 1;
  private static final int LARGEST_BYTES = 1024;

  private final ByteBuffer bytes =
      ByteBuffer.allocate(LARGEST_BYTES).order(ByteOrder.nativeOrder());

  private LinkRequest(int index, int set, int mask) {
    info(index, set, mask);
  }

  private void info(int index, int set, int mask) {
    bytes.putInt(0).putInt(index).putInt(set).putInt(mask);
  }

  private LinkRequest attribute(int type, byte[] value) {
    int start = begin(type);
    bytes.put(value);
    return end(start);
  }

  private LinkRequest attribute(int type, int value) {
    int start = begin(type);
    bytes.putInt(value);
    return end(start);
  }

  private LinkRequest attribute(int type, String value) {
    return attribute(type, (value + "\0").getBytes(StandardCharsets.UTF_8));
  }

  private int begin(int type) {
    int start = bytes.position();
    bytes.putShort((short) 0).putShort((short) type);
    return start;
  }

  private LinkRequest end(int start) {
    bytes.putShort(start, (short) (bytes.position() - start));
    while (bytes.position() % 4 != 0) {
      bytes.put((byte) 0);
    }
    return this;
  }

  private void send(RouteNetlink route, int flags) throws SyscallException {
    byte[] payload = new byte[bytes.position()];
    bytes.get(0, payload);
    route.send(RouteNetlink.RTM_NEWLINK, flags, payload);
  }

  /**
   * Changes a device of the socket's namespace.
   *
   * @param index its number
   * @param mtu largest packet, in bytes
   * @param up whether it is to be up
   */
  static void change(RouteNetlink route, int index, int mtu, boolean up) throws SyscallException {
    new LinkRequest(index, up ? IFF_UP : 0, IFF_UP).attribute(IFLA_MTU, mtu).send(route, 0);
  }

  /** Puts a device into a bridge of the socket's namespace, if there is one, and brings it up. */
  static void enslave(RouteNetlink route, int index, int bridge) throws SyscallException {
    LinkRequest request = new LinkRequest(index, IFF_UP, IFF_UP);
    if (bridge != 0) {
      request.attribute(IFLA_MASTER, bridge);
    }
    request.send(route, 0);
  }

  /**
   * Makes a pair of veth devices, one end in the socket's namespace, the other elsewhere.
   *
   * @param outer name of the end here; empty to let the kernel choose
   * @param namespace descriptor of the namespace of the other end
   * @param index number of the other end
   * @param name of the other end
   * @param address of the other end; empty to let the kernel choose
   */
  static void makePair(
      RouteNetlink route, String outer, int namespace, int index, String name, byte[] address)
      throws SyscallException {
    LinkRequest request = new LinkRequest(0, 0, 0);
    if (!outer.isEmpty()) {
      request.attribute(IFLA_IFNAME, outer);
    }
    int info = request.begin(IFLA_LINKINFO);
    request.attribute(IFLA_INFO_KIND, "veth");
    int data = request.begin(IFLA_INFO_DATA);
    int peer = request.begin(VETH_INFO_PEER);
    request.info(index, 0, 0);
    request.attribute(IFLA_IFNAME, name);
    if (address.length > 0) {
      request.attribute(IFLA_ADDRESS, address);
    }
    request.attribute(IFLA_NET_NS_FD, namespace).end(peer).end(data).end(info);
    request.send(route, NetlinkSocket.NLM_F_CREATE | NetlinkSocket.NLM_F_EXCL);
  }

  /** Moves a device of the socket's namespace to another one, under another name. */
  static void move(RouteNetlink route, int index, int namespace, String name)
      throws SyscallException {
    new LinkRequest(index, 0, 0)
        .attribute(IFLA_NET_NS_FD, namespace)
        .attribute(IFLA_IFNAME, name)
        .send(route, 0);
  }
}

package org.stasis.linux.socket;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import org.stasis.linux.KernelString;

/**
 * A network interface, RTM_NEWLINK of rtnetlink(7).
 *
 * @param index in its network namespace
 * @param type {@code ARPHRD_} value: 1 Ethernet, 772 loopback
 * @param flags {@code IFF_} bits
 * @param name its name
 * @param mtu largest packet, in bytes
 * @param address of the link; empty for none
 * @param kind such as {@code veth}, {@code bridge}, {@code tun}; empty for hardware and loopback
 * @param master index of the bridge or bond it belongs to; 0 for none
 * @param link index of its other end or lower interface; 0 for none
 * @param linkNamespace the id in this namespace of the one that {@code link} is in; -1 for this one
 * @param queueLength packets that its queue holds
 * @param group of interfaces
 */
@SuppressWarnings("ArrayRecordComponent") // bytes on their way to an image; nobody compares them
public record NetworkLink(
    int index,
    int type,
    int flags,
    String name,
    int mtu,
    byte[] address,
    String kind,
    int master,
    int link,
    int linkNamespace,
    int queueLength,
    int group) {
  public static final int IFF_UP = 1;
  public static final int IFF_LOOPBACK = 8;
  public static final int IFF_POINTOPOINT = 0x10;
  public static final int IFF_RUNNING = 0x40;

  /** {@code struct ifinfomsg}. */
  static final StructLayout LAYOUT =
      structLayout(
              JAVA_BYTE.withName("ifi_family"),
              paddingLayout(1),
              JAVA_SHORT.withName("ifi_type"),
              JAVA_INT.withName("ifi_index"),
              JAVA_INT.withName("ifi_flags"),
              JAVA_INT.withName("ifi_change"))
          .withName("struct ifinfomsg");

  static final int INDEX = (int) LAYOUT.byteOffset(groupElement("ifi_index"));
  static final int FLAGS = (int) LAYOUT.byteOffset(groupElement("ifi_flags"));
  static final int CHANGE = (int) LAYOUT.byteOffset(groupElement("ifi_change"));
  private static final long TYPE = LAYOUT.byteOffset(groupElement("ifi_type"));

  private static final int IFLA_ADDRESS = 1;
  private static final int IFLA_IFNAME = 3;
  private static final int IFLA_MTU = 4;
  private static final int IFLA_LINK = 5;
  private static final int IFLA_MASTER = 10;
  private static final int IFLA_TXQLEN = 13;
  private static final int IFLA_LINKINFO = 18;
  private static final int IFLA_GROUP = 27;
  private static final int IFLA_LINK_NETNSID = 37;
  private static final int IFLA_INFO_KIND = 1;
  private static final byte[] NO_ADDRESS = {};

  /**
   * Whether it is switched on.
   *
   * @return true when it is
   */
  public boolean isUp() {
    return (flags & IFF_UP) != 0;
  }

  static NetworkLink parse(MemorySegment message) {
    String name = "";
    String kind = "";
    byte[] address = NO_ADDRESS;
    int mtu = 0;
    int master = 0;
    int link = 0;
    int linkNamespace = -1;
    int queueLength = 0;
    int group = 0;
    Attributes attributes = new Attributes(message, LAYOUT.byteSize());
    while (attributes.next()) {
      MemorySegment value = attributes.value();
      switch (attributes.type()) {
        case IFLA_ADDRESS -> address = value.toArray(JAVA_BYTE);
        case IFLA_IFNAME -> name = KernelString.decode(value, 0);
        case IFLA_MTU -> mtu = value.get(JAVA_INT, 0);
        case IFLA_LINK -> link = value.get(JAVA_INT, 0);
        case IFLA_MASTER -> master = value.get(JAVA_INT, 0);
        case IFLA_TXQLEN -> queueLength = value.get(JAVA_INT, 0);
        case IFLA_LINKINFO -> kind = kind(value);
        case IFLA_GROUP -> group = value.get(JAVA_INT, 0);
        case IFLA_LINK_NETNSID -> linkNamespace = value.get(JAVA_INT, 0);
        default -> {} // statistics and what only drivers know
      }
    }
    return new NetworkLink(
        message.get(JAVA_INT, INDEX),
        Short.toUnsignedInt(message.get(JAVA_SHORT, TYPE)),
        message.get(JAVA_INT, FLAGS),
        name,
        mtu,
        address,
        kind,
        master,
        link,
        linkNamespace,
        queueLength,
        group);
  }

  private static String kind(MemorySegment linkInfo) {
    Attributes attributes = new Attributes(linkInfo, 0);
    while (attributes.next()) {
      if (attributes.type() == IFLA_INFO_KIND) {
        return KernelString.decode(attributes.value(), 0);
      }
    }
    return "";
  }
}

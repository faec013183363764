package org.stasis.namespaces;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.stasis.engine.Obstacle;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSetWriter;
import org.stasis.images.proto.NdType;
import org.stasis.images.proto.NetDeviceEntry;
import org.stasis.images.proto.NetnsEntry;
import org.stasis.linux.SyscallException;
import org.stasis.linux.socket.NetworkLink;
import org.stasis.linux.socket.RouteNetlink;

/** What is in a network namespace; read by a thread that has entered it. */
final class NetCapture {
  private static final int AF_UNSPEC = 0;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;

  private static final int TABLE = SavedMessages.HEADER_BYTES + 4; // rtm_table of struct rtmsg
  private static final int PROTOCOL = SavedMessages.HEADER_BYTES + 5; // rtm_protocol
  private static final int RTPROT_KERNEL = 2;

  /** Devices that the kernel makes in every namespace when their driver is there. */
  private static final Set<String> FALLBACKS =
      Set.of(
          "sit0",
          "tunl0",
          "gre0",
          "gretap0",
          "erspan0",
          "ip_vti0",
          "ip6_vti0",
          "ip6tnl0",
          "ip6gre0");

  private final List<Obstacle> obstacles = new ArrayList<>();
  private final List<NetDeviceEntry> devices = new ArrayList<>();
  private final NetnsEntry settings;
  private final byte[] addresses;
  private final byte[] routes;
  private final byte[] routes6;
  private final byte[] rules;
  private final Firewall firewall;

  /** Reads everything; in a thread inside. */
  NetCapture() throws SyscallException, IOException {
    try (RouteNetlink route = RouteNetlink.open()) {
      for (NetworkLink device : route.links()) {
        capture(device);
      }
      addresses = SavedMessages.ADDRESSES.write(route.addresses(AF_UNSPEC));
      routes = SavedMessages.ROUTES.write(routes(route, AF_INET));
      routes6 = SavedMessages.ROUTES.write(routes(route, AF_INET6));
      rules = SavedMessages.RULES.write(route.rules(AF_INET), route.rules(AF_INET6));
    }
    settings =
        NetnsEntry.newBuilder()
            .addAllDefConf4(NetSettings.IPV4.capture("default"))
            .addAllAllConf4(NetSettings.IPV4.capture("all"))
            .addAllDefConf6(NetSettings.IPV6.capture("default"))
            .addAllAllConf6(NetSettings.IPV6.capture("all"))
            .addAllUnixConf(NetSettings.UNIX.capture(""))
            .addAllIpv4Sysctl(NetSettings.IPV4_WHOLE.capture(""))
            .build();
    firewall = Firewall.capture(this::refuseFirewall);
  }

  /** Obstacles that were found. */
  List<Obstacle> obstacles() {
    return obstacles;
  }

  private void capture(NetworkLink device) throws SyscallException {
    NdType type;
    if ((device.flags() & NetworkLink.IFF_LOOPBACK) != 0) {
      type = NdType.LOOPBACK;
    } else if (device.kind().equals("veth")
        && device.linkNamespace() >= 0
        && device.master() == 0) {
      type = NdType.VETH;
    } else {
      if (!FALLBACKS.contains(device.name()) || device.isUp()) {
        String kind = device.kind().isEmpty() ? "physical" : device.kind();
        obstacles.add(
            new Obstacle(
                "",
                "network device " + device.name(),
                "a device of kind " + kind + " cannot be carried yet",
                "give the namespace by --external net[INODE]:NAME, or use --empty-ns net"));
      }
      return;
    }
    NetDeviceEntry.Builder entry =
        NetDeviceEntry.newBuilder()
            .setType(type)
            .setIfindex(device.index())
            .setMtu(device.mtu())
            .setFlags(device.flags())
            .setName(device.name())
            .addAllConf4(NetSettings.IPV4.capture(device.name()))
            .addAllConf6(NetSettings.IPV6.capture(device.name()));
    if (type == NdType.VETH) {
      entry.setAddress(ByteString.copyFrom(device.address()));
      entry.setPeerIfindex(device.link());
    }
    devices.add(entry.build());
  }

  /** Routes of all tables, but for those to local addresses, which the kernel adds with these. */
  private static byte[] routes(RouteNetlink route, int family) throws IOException {
    byte[] all = route.routes(family, RouteNetlink.RT_TABLE_UNSPEC);
    List<byte[]> kept = new ArrayList<>();
    for (byte[] message : SavedMessages.split(ByteBuffer.wrap(all))) {
      boolean local = Byte.toUnsignedInt(message[TABLE]) == RouteNetlink.RT_TABLE_LOCAL;
      if (!local || message[PROTOCOL] != RTPROT_KERNEL) {
        kept.add(message);
      }
    }
    return SavedMessages.join(kept);
  }

  private void refuseFirewall(String reason) {
    obstacles.add(
        new Obstacle(
            "",
            "network namespace",
            reason,
            (reason.endsWith("not installed") ? "install it, " : "")
                + "give the namespace by --external net[INODE]:NAME, or use --empty-ns net"));
  }

  /** Writes the images of a namespace. */
  void write(ImageSetWriter images, int id) throws IOException {
    images.writeAll(ImageKind.NETDEV, id, devices);
    images.write(ImageKind.NETNS, id, settings);
    write(images, ImageKind.IFADDR, id, addresses);
    write(images, ImageKind.ROUTE, id, routes);
    write(images, ImageKind.ROUTE6, id, routes6);
    write(images, ImageKind.RULE, id, rules);
    writeText(images, ImageKind.NFTABLES, id, firewall.nft());
    writeText(images, ImageKind.IPTABLES, id, firewall.iptables());
    writeText(images, ImageKind.IP6TABLES, id, firewall.ip6tables());
  }

  private static void writeText(ImageSetWriter images, ImageKind kind, int id, String text)
      throws IOException {
    if (!text.isEmpty()) {
      write(images, kind, id, text.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static void write(ImageSetWriter images, ImageKind kind, int id, byte[] bytes)
      throws IOException {
    try (FileChannel file = images.openRaw(kind, id)) {
      ByteBuffer left = ByteBuffer.wrap(bytes);
      while (left.hasRemaining()) {
        file.write(left);
      }
    }
  }
}

package org.stasis.namespaces;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.ns.NamespaceThread;
import org.stasis.engine.options.External;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.RebuiltTree;
import org.stasis.engine.spi.Stage;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSet;
import org.stasis.images.proto.NdType;
import org.stasis.images.proto.NetDeviceEntry;
import org.stasis.images.proto.NetnsEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Program;
import org.stasis.linux.socket.NetworkLink;
import org.stasis.linux.socket.RouteNetlink;

/**
 * Fills a network namespace that was made for a tree: devices, addresses, routes, rules, settings,
 * firewall. The engine does it, through a thread inside, once the caller's hooks have had their
 * turn.
 */
final class NetNamespace {
  private static final int RTM_DELRULE = 33;
  private static final int BODY = SavedMessages.HEADER_BYTES;
  private static final int ADDRESS_BYTES = 8; // struct ifaddrmsg
  private static final int IFA_FLAGS = 8;
  private static final int IFA_F_NODAD = 2;
  private static final int RTNH_F_PERVASIVE = 2;
  private static final int RTNH_F_ONLINK = 4;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int LOOPBACK_INDEX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SIOCSIFFLAGS = 0x8914;
  private static final int REQUEST_BYTES = 40; // struct ifreq
  private static final int REQUEST_FLAGS = 16;
  private static final int READ = Open.O_RDONLY | Open.O_CLOEXEC;

  private final List<NetDeviceEntry> devices;
  private final NetnsEntry settings;
  private final List<byte[]> addresses;
  private final List<byte[]> routes;
  private final List<byte[]> rules;
  private final Firewall firewall;
  private final List<External> externals;
  private final boolean weak;

  /** Reads what images hold of a namespace. */
  NetNamespace(ImageSet images, int id, List<External> externals, boolean weak) throws IOException {
    this.externals = externals;
    this.weak = weak;
    devices = images.all(ImageKind.NETDEV, id, NetDeviceEntry.parser());
    NetnsEntry entry = images.find(ImageKind.NETNS, id, NetnsEntry.parser());
    settings = entry == null ? NetnsEntry.getDefaultInstance() : entry;
    addresses = SavedMessages.ADDRESSES.read(raw(images, ImageKind.IFADDR, id));
    routes = new ArrayList<>(SavedMessages.ROUTES.read(raw(images, ImageKind.ROUTE, id)));
    routes.addAll(SavedMessages.ROUTES.read(raw(images, ImageKind.ROUTE6, id)));
    rules = SavedMessages.RULES.read(raw(images, ImageKind.RULE, id));
    firewall =
        new Firewall(
            text(images, ImageKind.NFTABLES, id),
            text(images, ImageKind.IPTABLES, id),
            text(images, ImageKind.IP6TABLES, id));
  }

  private static String text(ImageSet images, ImageKind kind, int id) throws IOException {
    return new String(raw(images, kind, id), StandardCharsets.UTF_8);
  }

  private static byte[] raw(ImageSet images, ImageKind kind, int id) throws IOException {
    try (FileChannel file = images.raw(kind, id)) {
      if (file == null) {
        return new byte[0];
      }
      try (InputStream in = Channels.newInputStream(file)) {
        return in.readAllBytes();
      }
    }
  }

  /**
   * Plans a namespace whose content was not dumped, or is not to be restored: its loopback device
   * comes up all the same. Every container counts on it, and hooks that fill a namespace may not
   * think of it.
   */
  static void planEmpty(RebuildContext rebuild) {
    Program program = rebuild.program(rebuild.tasks().getFirst(), Stage.NAMESPACE_CONTENT);
    program.why("bringing the loopback device up");
    byte[] request = new byte[REQUEST_BYTES];
    request[0] = 'l';
    request[1] = 'o';
    request[REQUEST_FLAGS] = NetworkLink.IFF_UP;
    Argument socket = program.call(SyscallNumber.SOCKET, AF_INET, SOCK_DGRAM | Open.O_CLOEXEC, 0);
    program.call(
        SyscallNumber.IOCTL,
        socket,
        Argument.of(SIOCSIFFLAGS),
        Argument.channel(rebuild.plan().data(request)));
    program.call(SyscallNumber.CLOSE, socket);
  }

  static void plan(RebuildContext rebuild, int id) throws StasisException {
    NetNamespace content;
    try {
      content =
          new NetNamespace(
              rebuild.images(), id, rebuild.options().externals(), rebuild.options().weakSysctls());
    } catch (IOException e) {
      throw new StasisException(
          "", "reading the network namespace", String.valueOf(e.getMessage()), 0, "", e);
    }
    if (content.devices.isEmpty()) {
      planEmpty(rebuild);
      return;
    }
    for (NetDeviceEntry device : content.devices) {
      if (device.getType() != NdType.LOOPBACK
          && device.getType() != NdType.VETH
          && content.moved(device) == null) {
        throw new StasisException(
            "",
            "restoring the network device " + device.getName(),
            "a device of type " + device.getType() + " cannot be restored yet",
            0,
            "Use --external netdev[" + device.getName() + "]:NAME, or --empty-ns net.",
            null);
      }
    }
    rebuild.before(Stage.NAMESPACE_CONTENT, content::fill);
  }

  private void fill(RebuiltTree tree) throws StasisException {
    String task = "/proc/" + tree.hostPid(tree.root());
    String caller = "/proc/" + tree.rootAgent().pid();
    try (Fd inside = Fd.open(task + "/ns/net", READ);
        Fd outside = Fd.open(caller + "/ns/net", READ)) {
      for (NetDeviceEntry device : devices) {
        if (device.getType() != NdType.LOOPBACK) {
          NamespaceThread.call(List.of(outside), () -> bring(device, inside));
        }
      }
      NamespaceThread.call(List.of(inside), this::fillInside);
    } catch (SyscallException e) {
      throw new StasisException("", "filling the network namespace", "", e);
    } catch (IOException e) {
      throw new StasisException(
          "", "filling the network namespace", String.valueOf(e.getMessage()), 0, "", e);
    }
  }

  private External.@Nullable Netdev moved(NetDeviceEntry device) {
    for (External each : externals) {
      if (each instanceof External.Netdev netdev && netdev.inner().equals(device.getName())) {
        return netdev;
      }
    }
    return null;
  }

  private External.@Nullable Veth veth(NetDeviceEntry device) {
    for (External each : externals) {
      if (each instanceof External.Veth veth && veth.inner().equals(device.getName())) {
        return veth;
      }
    }
    return null;
  }

  /** Makes a device reach into the tree's namespace; in a thread in the caller's. */
  private boolean bring(NetDeviceEntry device, Fd inside) throws SyscallException {
    try (RouteNetlink route = RouteNetlink.open()) {
      External.Netdev moved = moved(device);
      if (moved != null) {
        int index = index(route, moved.outer());
        LinkRequest.move(route, index, inside.number(), device.getName());
        return true;
      }
      External.Veth veth = veth(device);
      String outer = veth == null ? "" : veth.outer();
      LinkRequest.makePair(
          route,
          outer,
          inside.number(),
          device.getIfindex(),
          device.getName(),
          device.getAddress().toByteArray());
      if (veth != null) {
        Optional<String> bridge = veth.bridge();
        LinkRequest.enslave(
            route, index(route, outer), bridge.isEmpty() ? 0 : index(route, bridge.get()));
      }
      return true;
    }
  }

  private static int index(RouteNetlink route, String name) throws SyscallException {
    for (NetworkLink device : route.links()) {
      if (device.name().equals(name)) {
        return device.index();
      }
    }
    throw new SyscallException("network device " + name, Errno.ENODEV.number());
  }

  /** Fills the calling thread's namespace. */
  boolean fillInside() throws SyscallException, IOException {
    NetSettings.IPV4.restore("all", settings.getAllConf4List(), weak);
    NetSettings.IPV4.restore("default", settings.getDefConf4List(), weak);
    NetSettings.IPV6.restore("all", settings.getAllConf6List(), weak);
    NetSettings.IPV6.restore("default", settings.getDefConf6List(), weak);
    NetSettings.UNIX.restore("", settings.getUnixConfList(), weak);
    NetSettings.IPV4_WHOLE.restore("", settings.getIpv4SysctlList(), weak);
    firewall.restore();
    try (RouteNetlink route = RouteNetlink.open()) {
      for (NetDeviceEntry device : devices) {
        NetSettings.IPV4.restore(device.getName(), device.getConf4List(), weak);
        NetSettings.IPV6.restore(device.getName(), device.getConf6List(), weak);
        boolean up = (device.getFlags() & NetworkLink.IFF_UP) != 0;
        LinkRequest.change(route, index(route, device.getName()), device.getMtu(), up);
      }
      route.replay(SavedMessages.join(withoutChecks(addresses)));
      route.replay(SavedMessages.join(settled(routes)));
      restoreRules(route);
      return true;
    }
  }

  /** Addresses that are known to be unique are not to be looked for on the link again. */
  private static List<byte[]> withoutChecks(List<byte[]> addresses) {
    List<byte[]> settled = new ArrayList<>();
    for (byte[] address : addresses) {
      byte[] copy = address.clone();
      ByteBuffer message = ByteBuffer.wrap(copy).order(ByteOrder.nativeOrder());
      boolean looked =
          copy[BODY] == AF_INET6 && message.getInt(BODY + 4) != LOOPBACK_INDEX; // ifa_index
      for (int at = BODY + ADDRESS_BYTES; looked && at + 8 <= copy.length; ) {
        if (message.getShort(at + 2) == IFA_FLAGS) {
          message.putInt(at + 4, message.getInt(at + 4) | IFA_F_NODAD);
        }
        at += Math.max(4, (Short.toUnsignedInt(message.getShort(at)) + 3) & -4);
      }
      settled.add(copy);
    }
    return settled;
  }

  /** Routes without what they said about their links at the time. */
  private static List<byte[]> settled(List<byte[]> routes) {
    List<byte[]> settled = new ArrayList<>();
    for (byte[] route : routes) {
      byte[] copy = route.clone();
      ByteBuffer message = ByteBuffer.wrap(copy).order(ByteOrder.nativeOrder());
      int flags = BODY + 8; // rtm_flags
      message.putInt(flags, message.getInt(flags) & (RTNH_F_PERVASIVE | RTNH_F_ONLINK));
      settled.add(copy);
    }
    return settled;
  }

  /** A new namespace has rules already: those that were gone at the dump go. */
  private void restoreRules(RouteNetlink route) throws SyscallException, IOException {
    for (int family : List.of(AF_INET, AF_INET6)) {
      List<byte[]> wanted = new ArrayList<>();
      for (byte[] rule : rules) {
        if (rule[BODY] == family) {
          wanted.add(rule);
        }
      }
      if (wanted.isEmpty()) {
        continue; // not saved by who wrote the images
      }
      for (byte[] there : SavedMessages.split(ByteBuffer.wrap(route.rules(family)))) {
        if (!wanted.removeIf(rule -> sameBody(rule, there))) {
          int length = ByteBuffer.wrap(there).order(ByteOrder.nativeOrder()).getInt();
          route.send(RTM_DELRULE, 0, Arrays.copyOfRange(there, BODY, length));
        }
      }
      route.replay(SavedMessages.join(wanted));
    }
  }

  private static boolean sameBody(byte[] one, byte[] other) {
    return Arrays.equals(one, BODY, one.length, other, BODY, other.length);
  }
}

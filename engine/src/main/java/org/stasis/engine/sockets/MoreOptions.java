package org.stasis.engine.sockets;

import static org.stasis.linux.socket.SocketOption.*;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.TaskView;
import org.stasis.images.proto.SkMoreEntry;
import org.stasis.images.proto.SkOptsEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.socket.Socket;

/**
 * Options that the image format has no fields for. Those whose value is another than that of a
 * fresh socket are carried as they are.
 */
public final class MoreOptions {
  private static final byte[] NONE = {};

  /** Of socket(7) and unix(7). */
  private static final List<Option> GENERAL =
      List.of(
          new Option(SOL_SOCKET, SO_TIMESTAMP_OLD),
          new Option(SOL_SOCKET, SO_TIMESTAMPNS_OLD),
          new Option(SOL_SOCKET, SO_TIMESTAMP_NEW),
          new Option(SOL_SOCKET, SO_TIMESTAMPNS_NEW),
          new Option(SOL_SOCKET, SO_TIMESTAMPING_OLD, 8),
          new Option(SOL_SOCKET, SO_RXQ_OVFL),
          new Option(SOL_SOCKET, SO_PEEK_OFF),
          new Option(SOL_SOCKET, SO_LOCK_FILTER),
          new Option(SOL_SOCKET, SO_SELECT_ERR_QUEUE),
          new Option(SOL_SOCKET, SO_BUSY_POLL),
          new Option(SOL_SOCKET, SO_PREFER_BUSY_POLL),
          new Option(SOL_SOCKET, SO_MAX_PACING_RATE, 8),
          new Option(SOL_SOCKET, SO_RCVMARK));

  private static final List<Option> UNIX =
      List.of(new Option(SOL_SOCKET, SO_PASSPIDFD), new Option(SOL_SOCKET, SO_PASSRIGHTS));

  private static final List<Option> INTERNET =
      List.of(
          new Option(SOL_SOCKET, SO_ZEROCOPY),
          new Option(SOL_SOCKET, SO_TXTIME, 8),
          new Option(SOL_SOCKET, SO_WIFI_STATUS),
          new Option(SOL_SOCKET, SO_RCVPRIORITY));

  /** Of netlink(7). */
  private static final List<Option> NETLINK =
      List.of(
          new Option(SOL_NETLINK, NETLINK_PKTINFO),
          new Option(SOL_NETLINK, NETLINK_BROADCAST_ERROR),
          new Option(SOL_NETLINK, NETLINK_NO_ENOBUFS),
          new Option(SOL_NETLINK, NETLINK_LISTEN_ALL_NSID),
          new Option(SOL_NETLINK, NETLINK_CAP_ACK),
          new Option(SOL_NETLINK, NETLINK_EXT_ACK),
          new Option(SOL_NETLINK, NETLINK_GET_STRICT_CHK));

  /** Of ip(7). */
  private static final List<Option> IP =
      List.of(
          new Option(SOL_IP, IP_TRANSPARENT),
          new Option(SOL_IP, IP_BIND_ADDRESS_NO_PORT),
          new Option(SOL_IP, IP_RECVOPTS),
          new Option(SOL_IP, IP_RETOPTS),
          new Option(SOL_IP, IP_MTU_DISCOVER),
          new Option(SOL_IP, IP_RECVERR),
          new Option(SOL_IP, IP_RECVTTL),
          new Option(SOL_IP, IP_RECVTOS),
          new Option(SOL_IP, IP_PASSSEC),
          new Option(SOL_IP, IP_RECVORIGDSTADDR),
          new Option(SOL_IP, IP_MINTTL),
          new Option(SOL_IP, IP_RECVFRAGSIZE),
          new Option(SOL_IP, IP_RECVERR_RFC4884),
          new Option(SOL_IP, IP_UNICAST_IF),
          new Option(SOL_IP, IP_LOCAL_PORT_RANGE),
          new Option(SOL_IP, IP_OPTIONS, 40));

  /** Of ipv6(7). */
  private static final List<Option> IPV6 =
      List.of(
          new Option(SOL_IPV6, IPV6_TRANSPARENT),
          new Option(SOL_IPV6, IPV6_UNICAST_HOPS),
          new Option(SOL_IPV6, IPV6_TCLASS),
          new Option(SOL_IPV6, IPV6_UNICAST_IF),
          new Option(SOL_IPV6, IPV6_MTU_DISCOVER),
          new Option(SOL_IPV6, IPV6_RECVERR),
          new Option(SOL_IPV6, IPV6_RECVERR_RFC4884),
          new Option(SOL_IPV6, IPV6_RECVHOPLIMIT),
          new Option(SOL_IPV6, IPV6_RECVRTHDR),
          new Option(SOL_IPV6, IPV6_RECVHOPOPTS),
          new Option(SOL_IPV6, IPV6_RECVDSTOPTS),
          new Option(SOL_IPV6, IPV6_RECVPATHMTU),
          new Option(SOL_IPV6, IPV6_RECVTCLASS),
          new Option(SOL_IPV6, IPV6_RECVFRAGSIZE),
          new Option(SOL_IPV6, IPV6_DONTFRAG),
          new Option(SOL_IPV6, IPV6_AUTOFLOWLABEL),
          new Option(SOL_IPV6, IPV6_ADDR_PREFERENCES),
          new Option(SOL_IPV6, IPV6_MINHOPCOUNT),
          new Option(SOL_IPV6, IPV6_ORIGDSTADDR));

  /** Of ip(7), where there are no streams; those get values of their own from the first packet. */
  private static final List<Option> MULTICAST =
      List.of(
          new Option(SOL_IP, IP_MULTICAST_TTL),
          new Option(SOL_IP, IP_MULTICAST_LOOP),
          new Option(SOL_IP, IP_MULTICAST_ALL),
          new Option(SOL_IP, IP_MULTICAST_IF));

  /** Of ipv6(7), likewise. */
  private static final List<Option> MULTICAST6 =
      List.of(
          new Option(SOL_IPV6, IPV6_MULTICAST_HOPS),
          new Option(SOL_IPV6, IPV6_MULTICAST_LOOP),
          new Option(SOL_IPV6, IPV6_MULTICAST_ALL),
          new Option(SOL_IPV6, IPV6_MULTICAST_IF));

  /** Of tcp(7). */
  private static final List<Option> TCP =
      List.of(
          new Option(SOL_TCP, TCP_CONGESTION, 16),
          new Option(SOL_TCP, TCP_SYNCNT),
          new Option(SOL_TCP, TCP_LINGER2),
          new Option(SOL_TCP, TCP_DEFER_ACCEPT),
          new Option(SOL_TCP, TCP_THIN_LINEAR_TIMEOUTS),
          new Option(SOL_TCP, TCP_USER_TIMEOUT),
          new Option(SOL_TCP, TCP_NOTSENT_LOWAT),
          new Option(SOL_TCP, TCP_SAVE_SYN),
          new Option(SOL_TCP, TCP_FASTOPEN_CONNECT),
          new Option(SOL_TCP, TCP_FASTOPEN_NO_COOKIE),
          new Option(SOL_TCP, TCP_INQ),
          new Option(SOL_TCP, TCP_TX_DELAY));

  /** Of tcp(7), where a connection gives them values of its own. */
  private static final List<Option> TCP_UNCONNECTED =
      List.of(
          new Option(SOL_TCP, TCP_MAXSEG),
          new Option(SOL_TCP, TCP_WINDOW_CLAMP),
          new Option(SOL_TCP, TCP_FASTOPEN));

  /** Of udp(7). */
  private static final List<Option> UDP =
      List.of(
          new Option(SOL_UDP, UDP_ENCAP),
          new Option(SOL_UDP, UDP_NO_CHECK6_TX),
          new Option(SOL_UDP, UDP_NO_CHECK6_RX),
          new Option(SOL_UDP, UDP_SEGMENT),
          new Option(SOL_UDP, UDP_GRO));

  private static final List<Option> UDPLITE =
      List.of(
          new Option(SOL_UDPLITE, UDPLITE_SEND_CSCOV), new Option(SOL_UDPLITE, UDPLITE_RECV_CSCOV));

  private static final List<Option> RAW6 = List.of(new Option(SOL_IPV6, IPV6_CHECKSUM));

  private final SocketNamespaces namespaces;
  private final Map<Family, Map<Option, byte[]>> fresh = new HashMap<>();

  private record Option(int level, int option, int capacity) {
    Option(int level, int option) {
      this(level, option, Integer.BYTES);
    }
  }

  /**
   * What decides the values of a fresh socket.
   *
   * @param namespace inode of the network namespace
   * @param family {@code AF_}
   * @param type {@code SOCK_}
   * @param protocol of the family
   */
  private record Family(long namespace, int family, int type, int protocol) {}

  /**
   * Starts for one dump.
   *
   * @param namespaces of its sockets
   */
  public MoreOptions(SocketNamespaces namespaces) {
    this.namespaces = namespaces;
  }

  /**
   * Adds what is other than usual.
   *
   * @param socket a duplicate of the task's
   * @param home a task that lives in its network namespace
   * @param family {@code AF_}
   * @param type {@code SOCK_}
   * @param protocol of the family
   * @param connected whether it is a TCP socket that is or was connected
   * @param to takes them
   * @throws StasisException when its namespace cannot be entered
   * @throws SyscallException when the socket cannot be asked
   */
  public void capture(
      Fd socket,
      TaskView home,
      int family,
      int type,
      int protocol,
      boolean connected,
      SkOptsEntry.Builder to)
      throws StasisException, SyscallException {
    Map<Option, byte[]> usual =
        usual(new Family(namespaces.inode(home), family, type, protocol), home);
    for (Map.Entry<Option, byte[]> entry : usual.entrySet()) {
      Option option = entry.getKey();
      if (connected && TCP_UNCONNECTED.contains(option)) {
        continue;
      }
      byte[] value = read(socket, option);
      if (!Arrays.equals(value, entry.getValue())) {
        to.addMore(
            SkMoreEntry.newBuilder()
                .setLevel(option.level)
                .setOption(option.option)
                .setValue(ByteString.copyFrom(value)));
      }
    }
  }

  private Map<Option, byte[]> usual(Family key, TaskView home) throws StasisException {
    Map<Option, byte[]> known = fresh.get(key);
    if (known == null) {
      known = namespaces.ask(home, () -> ask(key));
      fresh.put(key, known);
    }
    return known;
  }

  private static Map<Option, byte[]> ask(Family key) throws SyscallException {
    Map<Option, byte[]> values = new HashMap<>();
    try (Fd socket = Socket.open(key.family, key.type, key.protocol)) {
      for (Option option : options(key)) {
        byte[] value = read(socket, option);
        if (value.length > 0 || option.option == IP_OPTIONS) {
          values.put(option, value);
        }
      }
    }
    return values;
  }

  private static List<Option> options(Family key) {
    List<Option> options = new ArrayList<>(GENERAL);
    if (key.family == AF_UNIX) {
      options.addAll(UNIX);
      return options;
    }
    if (key.family == AF_PACKET) {
      return options;
    }
    if (key.family == AF_NETLINK) {
      options.addAll(NETLINK);
      return options;
    }
    options.addAll(INTERNET);
    boolean raw = key.type == SOCK_RAW;
    if (key.family == AF_INET || (key.family == AF_INET6 && !raw)) {
      options.addAll(IP);
      options.addAll(key.type == SOCK_STREAM ? List.of() : MULTICAST);
    }
    if (key.family == AF_INET6) {
      options.addAll(IPV6);
      options.addAll(key.type == SOCK_STREAM ? List.of() : MULTICAST6);
      options.addAll(raw ? RAW6 : List.of());
    }
    if (!raw) {
      switch (key.protocol) {
        case IPPROTO_TCP -> {
          options.addAll(TCP);
          options.addAll(TCP_UNCONNECTED);
        }
        case IPPROTO_UDP -> options.addAll(UDP);
        case IPPROTO_UDPLITE -> options.addAll(UDPLITE);
        default -> {} // ping sockets have none of their own
      }
    }
    return options;
  }

  private static byte[] read(Fd socket, Option option) throws SyscallException {
    try {
      return Socket.bytes(socket, option.level, option.option, option.capacity);
    } catch (SyscallException e) {
      if (e.is(Errno.ENOPROTOOPT)
          || e.is(Errno.EOPNOTSUPP)
          || e.is(Errno.EINVAL)
          || e.is(Errno.ENOTCONN)) {
        return NONE; // this socket, or this kernel, has no such option
      }
      throw e;
    }
  }

  /**
   * Plans those that a socket must have before it gets a name.
   *
   * @param options as the image has them
   * @param socket the descriptor
   * @param to takes the calls
   */
  public static void planEarly(SkOptsEntry options, Argument socket, SocketProgram to) {
    plan(options, socket, true, to);
  }

  /**
   * Plans all others.
   *
   * @param options as the image has them
   * @param socket the descriptor
   * @param to takes the calls
   */
  public static void planLate(SkOptsEntry options, Argument socket, SocketProgram to) {
    plan(options, socket, false, to);
  }

  private static void plan(SkOptsEntry options, Argument socket, boolean early, SocketProgram to) {
    for (SkMoreEntry more : options.getMoreList()) {
      if (isEarly(more) == early) {
        to.set(socket, more.getLevel(), more.getOption(), more.getValue().toByteArray());
      }
    }
  }

  private static boolean isEarly(SkMoreEntry more) {
    return switch (more.getLevel()) {
      case SOL_IP ->
          more.getOption() == IP_TRANSPARENT || more.getOption() == IP_BIND_ADDRESS_NO_PORT;
      case SOL_IPV6 -> more.getOption() == IPV6_TRANSPARENT;
      case SOL_TCP -> more.getOption() == TCP_MAXSEG || more.getOption() == TCP_SAVE_SYN;
      default -> false;
    };
  }
}

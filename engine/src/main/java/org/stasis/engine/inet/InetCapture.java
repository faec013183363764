package org.stasis.engine.inet;

import static org.stasis.linux.socket.SocketOption.AF_INET6;
import static org.stasis.linux.socket.SocketOption.IPPROTO_ICMP;
import static org.stasis.linux.socket.SocketOption.IPPROTO_ICMPV6;
import static org.stasis.linux.socket.SocketOption.IPPROTO_MPTCP;
import static org.stasis.linux.socket.SocketOption.IPPROTO_TCP;
import static org.stasis.linux.socket.SocketOption.IPPROTO_UDP;
import static org.stasis.linux.socket.SocketOption.IPPROTO_UDPLITE;
import static org.stasis.linux.socket.SocketOption.SIOCINQ;
import static org.stasis.linux.socket.SocketOption.SOCK_DGRAM;
import static org.stasis.linux.socket.SocketOption.SOCK_RAW;
import static org.stasis.linux.socket.SocketOption.SOCK_STREAM;
import static org.stasis.linux.socket.SocketOption.SOL_SOCKET;
import static org.stasis.linux.socket.SocketOption.SO_PROTOCOL;
import static org.stasis.linux.socket.SocketOption.SO_TYPE;
import static org.stasis.linux.socket.SocketOption.UDP_CORK;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.sockets.MoreOptions;
import org.stasis.engine.sockets.SocketNamespaces;
import org.stasis.engine.sockets.SocketOptions;
import org.stasis.engine.sockets.Sockets;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.TaskView;
import org.stasis.engine.tcp.TcpDump;
import org.stasis.engine.tcp.TcpStates;
import org.stasis.engine.tcp.Unreadable;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.InetSkEntry;
import org.stasis.images.proto.SkOptsEntry;
import org.stasis.images.proto.SkShutdown;
import org.stasis.linux.Fd;
import org.stasis.linux.Poll;
import org.stasis.linux.SyscallException;
import org.stasis.linux.socket.InetDiag;
import org.stasis.linux.socket.Socket;
import org.stasis.linux.socket.TcpInfo;

/** Describes the internet sockets of one dump. */
final class InetCapture {
  private static final String CLOSE_IT = "close it before the dump";

  private final SocketNamespaces namespaces;
  private final MoreOptions more;
  private final TcpDump connections;
  private final Map<Question, Map<Long, Integer>> shutdowns = new HashMap<>();
  private final List<Connection> announced = new ArrayList<>();

  /** What sock_diag is asked once: which sockets are shut down. */
  private record Question(long namespace, int family, int protocol) {}

  /**
   * A connection that goes on until it is silenced: what it is then is looked at again.
   *
   * @param file the open socket
   * @param socket a duplicate
   * @param entry as far as it does not change
   * @param to takes the entry
   */
  private record Connection(OpenFile file, Fd socket, InetSkEntry.Builder entry, FileCapture to) {}

  InetCapture(SocketNamespaces namespaces, TcpDump connections) {
    this.namespaces = namespaces;
    this.more = new MoreOptions(namespaces);
    this.connections = connections;
  }

  void capture(OpenFile file, int family, FileCapture to) throws SyscallException, StasisException {
    Fd socket = file.duplicate();
    int type = Socket.option(socket, SOL_SOCKET, SO_TYPE);
    int protocol = Socket.option(socket, SOL_SOCKET, SO_PROTOCOL);
    String reason = reasonAgainst(type, protocol);
    if (!reason.isEmpty()) {
      to.obstacle(reason, CLOSE_IT);
      return;
    }
    Optional<TaskView> home = namespaces.inhabitant(socket, file.task());
    if (home.isEmpty()) {
      to.obstacle("it belongs to a network namespace that no task of the tree lives in", CLOSE_IT);
      return;
    }
    InetAddress name = InetAddress.of(Socket.name(socket));
    byte[] peerName = Socket.lastPeerName(socket, family);
    InetAddress peer = peerName.length == 0 ? null : InetAddress.of(peerName);
    TcpInfo info = type == SOCK_STREAM ? TcpInfo.of(socket) : null;
    InetSkEntry.Builder entry =
        InetSkEntry.newBuilder()
            .setId(file.id())
            .setIno((int) file.stat().inode())
            .setFamily(family)
            .setType(type)
            .setProto(protocol)
            .setState(peer == null ? TcpInfo.CLOSE : TcpInfo.ESTABLISHED)
            .setSrcPort(name.port())
            .setDstPort(peer == null ? 0 : peer.port())
            .setFlags(file.flags())
            .setBacklog(0)
            .addAllSrcAddr(name.words())
            .setFown(file.owner())
            .setIpOpts(InetOptions.captureIp(socket, family, type, protocol));
    for (int i = 0; i < name.words().size(); i++) {
      entry.addDstAddr(peer == null ? 0 : peer.words().get(i));
    }
    if (family == AF_INET6) {
      entry.setV6Only(InetOptions.isV6Only(socket));
      if (name.scope() != 0) {
        entry.setIfname(Socket.interfaceName(socket, name.scope()));
      }
    }
    Integer namespace = namespaces.id(home.get());
    if (namespace != null) {
      entry.setNsId(namespace);
    }
    // a connection gives some options values of its own, also when it is over
    boolean connected =
        info != null
            && info.state() != TcpInfo.LISTEN
            && (info.state() != TcpInfo.CLOSE || shutdown(socket, info.state()) != 0);
    SkOptsEntry.Builder options = SocketOptions.capture(socket, false);
    more.capture(socket, home.get(), family, type, protocol, connected, options);
    entry.setOpts(options);
    boolean carried =
        info == null
            ? captureOther(socket, file, home.get(), entry, to)
            : captureTcp(socket, info, file, home.get(), name, peer, entry, to);
    if (carried) {
      to.entry(FileEntry.newBuilder().setType(FdTypes.INETSK).setId(file.id()).setIsk(entry));
    }
  }

  private static String reasonAgainst(int type, int protocol) {
    if (protocol == IPPROTO_MPTCP) {
      return "a socket of multipath TCP is not carried";
    }
    boolean known =
        switch (type) {
          case SOCK_STREAM -> protocol == IPPROTO_TCP;
          case SOCK_DGRAM ->
              protocol == IPPROTO_UDP
                  || protocol == IPPROTO_UDPLITE
                  || protocol == IPPROTO_ICMP
                  || protocol == IPPROTO_ICMPV6;
          case SOCK_RAW -> true;
          default -> false;
        };
    return known ? "" : "a socket of type " + type + ", protocol " + protocol + " is not carried";
  }

  private boolean captureTcp(
      Fd socket,
      TcpInfo info,
      OpenFile file,
      TaskView home,
      InetAddress name,
      @Nullable InetAddress peer,
      InetSkEntry.Builder entry,
      FileCapture to)
      throws SyscallException, StasisException {
    entry.setState(info.state()).setTcpOpts(InetOptions.captureTcp(socket));
    if (info.state() == TcpInfo.LISTEN) {
      if (info.unacked() > 0 && !to.options().tcpSkipInFlight()) {
        to.obstacle(
            info.unacked() + " connections wait to be accepted",
            "use --skip-in-flight to have their clients connect again");
        return false;
      }
      entry.setBacklog(info.sacked());
      return true;
    }
    setShutdown(entry, shutdown(socket, info.state()));
    boolean over = info.state() == TcpInfo.CLOSE;
    if (over && peer == null) {
      return true;
    }
    if (peer == null || !(over || TcpStates.isConnection(info.state()))) {
      to.obstacle("a TCP connection in state " + info.state() + " is not carried", CLOSE_IT);
      return false;
    }
    if (to.options().tcpClose()) {
      return true;
    }
    if (!to.options().tcpEstablished()) {
      return over ? captureOver(socket, entry, to) : refuse(name, peer, to);
    }
    String reason = over ? "" : Unreadable.reason(socket);
    if (!reason.isEmpty()) {
      to.obstacle(reason, "close the connection, or let it be closed: --tcp-close");
      return false;
    }
    if (!over) {
      connections.announce(home, name, peer);
    }
    announced.add(new Connection(file, socket, entry, to));
    return true;
  }

  private static boolean refuse(InetAddress name, InetAddress peer, FileCapture to) {
    to.obstacle(
        "a TCP connection, " + name + " to " + peer,
        "use --tcp-established to keep it, or --tcp-close to end it");
    return false;
  }

  /** A connection that is over, with nothing left to be read, is a socket that is shut down. */
  private static boolean captureOver(Fd socket, InetSkEntry.Builder entry, FileCapture to)
      throws SyscallException {
    int unread = socket.ioctlInt(SIOCINQ, "SIOCINQ");
    if (unread > 0) {
      to.obstacle(
          unread + " bytes that nobody has read wait in a TCP connection that is over",
          "use --tcp-established to keep them, or --tcp-close to lose them");
      return false;
    }
    entry.setDstPort(0);
    for (int i = 0; i < entry.getDstAddrCount(); i++) {
      entry.setDstAddr(i, 0);
    }
    return true;
  }

  /** Everything else is surveyed: connections are silenced, and described as they are now. */
  void captured() throws StasisException {
    if (!connections.silence()) {
      return;
    }
    for (Connection connection : announced) {
      try {
        describe(connection);
      } catch (SyscallException e) {
        throw Sockets.failed(connection.file, e);
      }
    }
  }

  private void describe(Connection connection) throws SyscallException, StasisException {
    InetSkEntry.Builder entry = connection.entry;
    int state = TcpInfo.of(connection.socket).state();
    setShutdown(entry.setState(state), shutdown(connection.socket, state));
    connections.keep(connection.file, state, connection.to);
    connection.to.entry(
        FileEntry.newBuilder().setType(FdTypes.INETSK).setId(connection.file.id()).setIsk(entry));
  }

  private static void setShutdown(InetSkEntry.Builder entry, int shutdown) {
    entry.clearShutdown();
    if (shutdown != 0) {
      entry.setShutdown(SkShutdown.forNumber(shutdown));
    }
  }

  /** 1 no more reading, 2 no more writing, as poll(2) and the state show. */
  private static int shutdown(Fd socket, int state) throws SyscallException {
    int read = (Poll.await(socket, Poll.POLLRDHUP, 0) & Poll.POLLRDHUP) != 0 ? 1 : 0;
    boolean write =
        switch (state) {
          case TcpInfo.FIN_WAIT1, TcpInfo.FIN_WAIT2, TcpInfo.CLOSING, TcpInfo.LAST_ACK -> true;
          case TcpInfo.CLOSE -> read != 0; // an end came to it from one side or the other
          default -> false;
        };
    return read | (write ? 2 : 0);
  }

  private boolean captureOther(
      Fd socket, OpenFile file, TaskView home, InetSkEntry.Builder entry, FileCapture to)
      throws SyscallException, StasisException {
    int protocol = entry.getProto();
    boolean udp =
        entry.getType() == SOCK_DGRAM && (protocol == IPPROTO_UDP || protocol == IPPROTO_UDPLITE);
    if (!udp) {
      return true;
    }
    if (Socket.option(socket, protocol, UDP_CORK, 0) != 0) {
      to.obstacle("it is corked (UDP_CORK), and what it has to send cannot be seen", "uncork it");
      return false;
    }
    int family = entry.getFamily();
    Question question = new Question(namespaces.inode(home), family, protocol);
    Map<Long, Integer> known = shutdowns.get(question);
    if (known == null) {
      known = namespaces.ask(home, () -> InetDiag.shutdowns(family, protocol));
      shutdowns.put(question, known);
    }
    Integer shutdown = known.get(file.stat().inode());
    if (shutdown != null) {
      entry.setShutdown(SkShutdown.forNumber(shutdown));
    }
    return true;
  }
}

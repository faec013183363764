package org.stasis.engine.inet;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.sockets.SocketNamespaces;
import org.stasis.engine.sockets.SocketOptions;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.OpenFile;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.InetSkEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;
import org.stasis.linux.socket.Socket;

/** Describes one internet socket. */
final class InetCapture {
  private static final int SOL_SOCKET = 1;
  private static final int SO_TYPE = 3;
  private static final int SO_PROTOCOL = 38;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int TCP_INFO = 11;
  private static final int TCP_INFO_BYTES = 32;
  private static final int WAITING = 24; // tcpi_unacked: of a listener, connections to accept
  private static final int BACKLOG = 28; // tcpi_sacked: of a listener, its backlog
  private static final int UDP_CORK = 1;
  private static final int IPPROTO_UDP = 17;
  private static final int IPPROTO_UDPLITE = 136;

  private final OpenFile file;
  private final FileCapture to;
  private final Fd socket;

  InetCapture(OpenFile file, FileCapture to) throws StasisException {
    this.file = file;
    this.to = to;
    this.socket = file.duplicate();
  }

  void capture() throws SyscallException, StasisException {
    int type = Socket.option(socket, SOL_SOCKET, SO_TYPE);
    int protocol = Socket.option(socket, SOL_SOCKET, SO_PROTOCOL);
    boolean tcp = type == SOCK_STREAM && protocol == InetSockets.IPPROTO_TCP;
    boolean udp = type == SOCK_DGRAM && (protocol == IPPROTO_UDP || protocol == IPPROTO_UDPLITE);
    if (!tcp && !udp) {
      to.obstacle(
          "a socket of type " + type + ", protocol " + protocol + " is not carried yet", "");
      return;
    }
    InetAddress name = InetAddress.of(Socket.name(socket));
    if (name.scope() != 0) {
      to.obstacle("a link-local address is not carried yet", "bind it to another address");
      return;
    }
    InetAddress peer = peer();
    InetSkEntry.Builder entry =
        InetSkEntry.newBuilder()
            .setId(file.id())
            .setIno((int) file.stat().inode())
            .setFamily(name.family())
            .setType(type)
            .setProto(protocol)
            .setSrcPort(name.port())
            .setDstPort(peer == null ? 0 : peer.port())
            .setFlags(file.flags())
            .setBacklog(0)
            .addAllSrcAddr(name.words())
            .setFown(file.owner())
            .setOpts(SocketOptions.capture(socket, false))
            .setIpOpts(InetOptions.captureIp(socket, name.family()));
    if (peer != null) {
      entry.addAllDstAddr(peer.words());
    } else {
      name.words().forEach(_ -> entry.addDstAddr(0));
    }
    if (name.family() == InetAddress.AF_INET6) {
      entry.setV6Only(InetOptions.isV6Only(socket));
    }
    Integer namespace = new SocketNamespaces(to).id(file.task());
    if (namespace != null) {
      entry.setNsId(namespace);
    }
    if (tcp ? captureTcp(entry) : captureUdp(entry, protocol, peer)) {
      to.entry(FileEntry.newBuilder().setType(FdTypes.INETSK).setId(file.id()).setIsk(entry));
    }
  }

  private @Nullable InetAddress peer() throws SyscallException {
    byte[] name = Socket.peerName(socket);
    return name.length == 0 ? null : InetAddress.of(name); // empty: not connected
  }

  private boolean captureTcp(InetSkEntry.Builder entry) throws SyscallException {
    ByteBuffer info =
        ByteBuffer.wrap(Socket.bytes(socket, InetSockets.IPPROTO_TCP, TCP_INFO, TCP_INFO_BYTES))
            .order(ByteOrder.nativeOrder());
    int state = info.get(0);
    if (state != InetSockets.TCP_LISTEN && state != InetSockets.TCP_CLOSE) {
      to.obstacle(
          "a TCP connection (state " + state + ") is not carried yet", "close its connections");
      return false;
    }
    if (state == InetSockets.TCP_LISTEN) {
      if (info.getInt(WAITING) > 0 && !to.options().tcpSkipInFlight()) {
        to.obstacle(
            info.getInt(WAITING) + " connections wait to be accepted", "use --skip-in-flight");
        return false;
      }
      entry.setBacklog(info.getInt(BACKLOG));
    }
    entry.setState(state).setTcpOpts(InetOptions.captureTcp(socket));
    return true;
  }

  private boolean captureUdp(InetSkEntry.Builder entry, int protocol, @Nullable InetAddress peer)
      throws SyscallException {
    if (Socket.option(socket, protocol, UDP_CORK, 0) != 0) {
      to.obstacle("a corked UDP socket is not carried", "uncork it");
      return false;
    }
    entry.setState(peer == null ? InetSockets.TCP_CLOSE : InetSockets.TCP_ESTABLISHED);
    return true;
  }
}

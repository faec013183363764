package org.stasis.engine.inet;

import org.stasis.engine.sockets.SocketProgram;
import org.stasis.images.proto.InetSkEntry;
import org.stasis.images.proto.IpOptsEntry;
import org.stasis.images.proto.TcpOptsEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.socket.Socket;

/** Options of ip(7), ipv6(7) and tcp(7), as far as images have a place for them. */
final class InetOptions {
  private static final int IPPROTO_IP = 0;
  private static final int IP_TOS = 1;
  private static final int IP_TTL = 2;
  private static final int IP_PKTINFO = 8;
  private static final int IP_FREEBIND = 15;
  private static final int DEFAULT_TTL = 64;
  private static final int IPPROTO_IPV6 = 41;
  private static final int IPV6_V6ONLY = 26;
  private static final int IPV6_RECVPKTINFO = 49;
  private static final int IPV6_FREEBIND = 78;
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_NODELAY = 1;
  private static final int TCP_CORK = 3;
  private static final int TCP_KEEPIDLE = 4;
  private static final int TCP_KEEPINTVL = 5;
  private static final int TCP_KEEPCNT = 6;

  private InetOptions() {}

  static IpOptsEntry captureIp(Fd socket, int family) throws SyscallException {
    boolean six = family == InetAddress.AF_INET6;
    int level = six ? IPPROTO_IPV6 : IPPROTO_IP;
    IpOptsEntry.Builder options = IpOptsEntry.newBuilder();
    if (Socket.option(socket, level, six ? IPV6_FREEBIND : IP_FREEBIND, 0) != 0) {
      options.setFreebind(true);
    }
    if (Socket.option(socket, level, six ? IPV6_RECVPKTINFO : IP_PKTINFO, 0) != 0) {
      options.setPktinfo(true);
    }
    int tos = Socket.option(socket, IPPROTO_IP, IP_TOS, 0);
    if (tos != 0) {
      options.setTos(tos);
    }
    int ttl = Socket.option(socket, IPPROTO_IP, IP_TTL, DEFAULT_TTL);
    if (ttl != DEFAULT_TTL) {
      options.setTtl(ttl);
    }
    return options.build();
  }

  static TcpOptsEntry captureTcp(Fd socket) throws SyscallException {
    TcpOptsEntry.Builder options = TcpOptsEntry.newBuilder();
    if (Socket.option(socket, IPPROTO_TCP, TCP_CORK) != 0) {
      options.setCork(true);
    }
    if (Socket.option(socket, IPPROTO_TCP, TCP_NODELAY) != 0) {
      options.setNodelay(true);
    }
    return options
        .setKeepcnt(Socket.option(socket, IPPROTO_TCP, TCP_KEEPCNT))
        .setKeepidle(Socket.option(socket, IPPROTO_TCP, TCP_KEEPIDLE))
        .setKeepintvl(Socket.option(socket, IPPROTO_TCP, TCP_KEEPINTVL))
        .build();
  }

  static boolean isV6Only(Fd socket) throws SyscallException {
    return Socket.option(socket, IPPROTO_IPV6, IPV6_V6ONLY) != 0;
  }

  /** The interface a link-local address belongs to is named, not numbered, in the image. */
  static int scope(InetSkEntry socket) {
    return 0;
  }

  static void planBeforeName(InetSkEntry socket, Argument fd, SocketProgram to) {
    boolean six = socket.getFamily() == InetAddress.AF_INET6;
    if (six) {
      to.set(fd, IPPROTO_IPV6, IPV6_V6ONLY, socket.getV6Only() ? 1 : 0);
    }
    if (socket.getIpOpts().getFreebind()) {
      to.set(fd, six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_FREEBIND : IP_FREEBIND, 1);
    }
  }

  static void planAfterName(InetSkEntry socket, Argument fd, SocketProgram to) {
    IpOptsEntry ip = socket.getIpOpts();
    boolean six = socket.getFamily() == InetAddress.AF_INET6;
    if (ip.getPktinfo()) {
      to.set(fd, six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_RECVPKTINFO : IP_PKTINFO, 1);
    }
    if (ip.hasTos()) {
      to.set(fd, IPPROTO_IP, IP_TOS, ip.getTos());
    }
    if (ip.hasTtl()) {
      to.set(fd, IPPROTO_IP, IP_TTL, ip.getTtl());
    }
    if (!socket.hasTcpOpts()) {
      return;
    }
    TcpOptsEntry tcp = socket.getTcpOpts();
    planNumber(tcp.getKeepcnt(), TCP_KEEPCNT, fd, to);
    planNumber(tcp.getKeepidle(), TCP_KEEPIDLE, fd, to);
    planNumber(tcp.getKeepintvl(), TCP_KEEPINTVL, fd, to);
    planNumber(tcp.getNodelay() ? 1 : 0, TCP_NODELAY, fd, to);
    planNumber(tcp.getCork() ? 1 : 0, TCP_CORK, fd, to);
  }

  private static void planNumber(int value, int option, Argument fd, SocketProgram to) {
    if (value != 0) {
      to.set(fd, IPPROTO_TCP, option, value);
    }
  }
}

package org.stasis.engine.inet;

import static org.stasis.linux.socket.SocketOption.*;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.stasis.engine.sockets.SocketProgram;
import org.stasis.images.proto.InetSkEntry;
import org.stasis.images.proto.IpOptsEntry;
import org.stasis.images.proto.IpOptsRawEntry;
import org.stasis.images.proto.TcpOptsEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.socket.Socket;

/** Options of ip(7), ipv6(7), raw(7) and tcp(7), as far as images have a place for them. */
final class InetOptions {
  private static final int DEFAULT_TTL = 64;
  private static final int ICMP_FILTER_BYTES = 4;
  private static final int ICMPV6_FILTER_BYTES = 32;

  private InetOptions() {}

  static IpOptsEntry captureIp(Fd socket, int family, int type, int protocol)
      throws SyscallException {
    boolean six = family == AF_INET6;
    int level = six ? SOL_IPV6 : SOL_IP;
    IpOptsEntry.Builder options = IpOptsEntry.newBuilder();
    if (Socket.option(socket, level, six ? IPV6_FREEBIND : IP_FREEBIND, 0) != 0) {
      options.setFreebind(true);
    }
    if (Socket.option(socket, level, six ? IPV6_RECVPKTINFO : IP_PKTINFO, 0) != 0) {
      options.setPktinfo(true);
    }
    // an IPv6 socket that is not raw has these too, for addresses of IPv4
    int tos = Socket.option(socket, SOL_IP, IP_TOS, 0);
    if (tos != 0) {
      options.setTos(tos);
    }
    int ttl = Socket.option(socket, SOL_IP, IP_TTL, DEFAULT_TTL);
    if (ttl != DEFAULT_TTL) {
      options.setTtl(ttl);
    }
    if (type == SOCK_RAW) {
      options.setRaw(captureRaw(socket, six, protocol));
    }
    return options.build();
  }

  private static IpOptsRawEntry captureRaw(Fd socket, boolean six, int protocol)
      throws SyscallException {
    IpOptsRawEntry.Builder raw = IpOptsRawEntry.newBuilder();
    int level = six ? SOL_IPV6 : SOL_IP;
    if (Socket.option(socket, level, six ? IPV6_HDRINCL : IP_HDRINCL, 0) != 0) {
      raw.setHdrincl(true);
    }
    if (!six && Socket.option(socket, SOL_IP, IP_NODEFRAG, 0) != 0) {
      raw.setNodefrag(true);
    }
    if (!six && Socket.option(socket, SOL_IP, IP_CHECKSUM, 0) != 0) {
      raw.setChecksum(true);
    }
    if (six && protocol == IPPROTO_ICMPV6) {
      addFilter(Socket.bytes(socket, IPPROTO_ICMPV6, ICMPV6_FILTER, ICMPV6_FILTER_BYTES), raw);
    } else if (!six && protocol == IPPROTO_ICMP) {
      addFilter(Socket.bytes(socket, SOL_RAW, ICMP_FILTER, ICMP_FILTER_BYTES), raw);
    }
    return raw.build();
  }

  private static void addFilter(byte[] filter, IpOptsRawEntry.Builder raw) {
    ByteBuffer words = ByteBuffer.wrap(filter).order(ByteOrder.nativeOrder());
    while (words.hasRemaining()) {
      raw.addIcmpvFilter(words.getInt());
    }
  }

  static TcpOptsEntry captureTcp(Fd socket) throws SyscallException {
    TcpOptsEntry.Builder options = TcpOptsEntry.newBuilder();
    if (Socket.option(socket, SOL_TCP, TCP_CORK) != 0) {
      options.setCork(true);
    }
    if (Socket.option(socket, SOL_TCP, TCP_NODELAY) != 0) {
      options.setNodelay(true);
    }
    return options
        .setKeepcnt(Socket.option(socket, SOL_TCP, TCP_KEEPCNT))
        .setKeepidle(Socket.option(socket, SOL_TCP, TCP_KEEPIDLE))
        .setKeepintvl(Socket.option(socket, SOL_TCP, TCP_KEEPINTVL))
        .build();
  }

  static boolean isV6Only(Fd socket) throws SyscallException {
    return Socket.option(socket, SOL_IPV6, IPV6_V6ONLY) != 0;
  }

  /** Plans what must be set before the socket gets its name. */
  static void planEarly(InetSkEntry socket, Argument fd, SocketProgram to) {
    boolean six = socket.getFamily() == AF_INET6;
    if (six && socket.hasV6Only()) {
      to.set(fd, SOL_IPV6, IPV6_V6ONLY, socket.getV6Only() ? 1 : 0);
    }
    if (socket.getIpOpts().getFreebind()) {
      to.set(fd, six ? SOL_IPV6 : SOL_IP, six ? IPV6_FREEBIND : IP_FREEBIND, 1);
    }
  }

  /** Plans all others. */
  static void planLate(InetSkEntry socket, Argument fd, SocketProgram to) {
    IpOptsEntry ip = socket.getIpOpts();
    boolean six = socket.getFamily() == AF_INET6;
    if (ip.getPktinfo()) {
      to.set(fd, six ? SOL_IPV6 : SOL_IP, six ? IPV6_RECVPKTINFO : IP_PKTINFO, 1);
    }
    if (ip.hasTos()) {
      to.set(fd, SOL_IP, IP_TOS, ip.getTos());
    }
    if (ip.hasTtl()) {
      to.set(fd, SOL_IP, IP_TTL, ip.getTtl());
    }
    if (ip.hasRaw()) {
      planRaw(ip.getRaw(), six, fd, to);
    }
    if (socket.getProto() == IPPROTO_TCP) {
      planTcp(socket, fd, to);
    }
  }

  private static void planRaw(IpOptsRawEntry raw, boolean six, Argument fd, SocketProgram to) {
    if (raw.getHdrincl()) {
      to.set(fd, six ? SOL_IPV6 : SOL_IP, six ? IPV6_HDRINCL : IP_HDRINCL, 1);
    }
    if (raw.getNodefrag()) {
      to.set(fd, SOL_IP, IP_NODEFRAG, 1);
    }
    if (raw.getChecksum()) {
      to.set(fd, SOL_IP, IP_CHECKSUM, 1);
    }
    if (raw.getIcmpvFilterCount() > 0) {
      ByteBuffer filter =
          ByteBuffer.allocate(raw.getIcmpvFilterCount() * Integer.BYTES)
              .order(ByteOrder.nativeOrder());
      for (int word : raw.getIcmpvFilterList()) {
        filter.putInt(word);
      }
      to.set(fd, six ? IPPROTO_ICMPV6 : SOL_RAW, ICMP_FILTER, filter.array());
    }
  }

  /** Images of before had these among the options that all sockets have. */
  private static void planTcp(InetSkEntry socket, Argument fd, SocketProgram to) {
    TcpOptsEntry tcp = socket.getTcpOpts();
    boolean own = socket.hasTcpOpts();
    planNumber(own ? tcp.getKeepcnt() : socket.getOpts().getTcpKeepcnt(), TCP_KEEPCNT, fd, to);
    planNumber(own ? tcp.getKeepidle() : socket.getOpts().getTcpKeepidle(), TCP_KEEPIDLE, fd, to);
    planNumber(
        own ? tcp.getKeepintvl() : socket.getOpts().getTcpKeepintvl(), TCP_KEEPINTVL, fd, to);
    planNumber(tcp.getNodelay() ? 1 : 0, TCP_NODELAY, fd, to);
    planNumber(tcp.getCork() ? 1 : 0, TCP_CORK, fd, to);
  }

  private static void planNumber(int value, int option, Argument fd, SocketProgram to) {
    if (value != 0) {
      to.set(fd, SOL_TCP, option, value);
    }
  }
}

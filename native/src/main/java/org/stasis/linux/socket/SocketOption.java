package org.stasis.linux.socket;

/**
 * Numbers of socket(7), ip(7), ipv6(7), tcp(7), udp(7), raw(7), packet(7), netlink(7): families,
 * types, levels and options. The same on x86-64 and aarch64.
 */
public final class SocketOption {
  public static final int AF_UNSPEC = 0;
  public static final int AF_UNIX = 1;
  public static final int AF_INET = 2;
  public static final int AF_INET6 = 10;
  public static final int AF_NETLINK = 16;
  public static final int AF_PACKET = 17;

  public static final int SOCK_STREAM = 1;
  public static final int SOCK_DGRAM = 2;
  public static final int SOCK_RAW = 3;
  public static final int SOCK_SEQPACKET = 5;
  public static final int SOCK_PACKET = 10;
  public static final int SOCK_NONBLOCK = 04000;
  public static final int SOCK_CLOEXEC = 02000000;

  public static final int IPPROTO_IP = 0;
  public static final int IPPROTO_ICMP = 1;
  public static final int IPPROTO_TCP = 6;
  public static final int IPPROTO_UDP = 17;
  public static final int IPPROTO_IPV6 = 41;
  public static final int IPPROTO_ICMPV6 = 58;
  public static final int IPPROTO_UDPLITE = 136;
  public static final int IPPROTO_RAW = 255;
  public static final int IPPROTO_MPTCP = 262;

  public static final int SHUT_RD = 0;
  public static final int SHUT_WR = 1;
  public static final int SHUT_RDWR = 2;

  public static final int MSG_OOB = 0x1;
  public static final int MSG_PEEK = 0x2;
  public static final int MSG_CTRUNC = 0x8;
  public static final int MSG_TRUNC = 0x20;
  public static final int MSG_DONTWAIT = 0x40;
  public static final int MSG_EOR = 0x80;
  public static final int MSG_NOSIGNAL = 0x4000;
  public static final int MSG_CMSG_CLOEXEC = 0x40000000;

  public static final int SCM_RIGHTS = 1;
  public static final int SCM_CREDENTIALS = 2;

  public static final int SOL_SOCKET = 1;
  public static final int SO_REUSEADDR = 2;
  public static final int SO_TYPE = 3;
  public static final int SO_ERROR = 4;
  public static final int SO_DONTROUTE = 5;
  public static final int SO_BROADCAST = 6;
  public static final int SO_SNDBUF = 7;
  public static final int SO_RCVBUF = 8;
  public static final int SO_KEEPALIVE = 9;
  public static final int SO_OOBINLINE = 10;
  public static final int SO_NO_CHECK = 11;
  public static final int SO_PRIORITY = 12;
  public static final int SO_LINGER = 13;
  public static final int SO_REUSEPORT = 15;
  public static final int SO_PASSCRED = 16;
  public static final int SO_PEERCRED = 17;
  public static final int SO_PEERNAME = 28;
  public static final int SO_RCVLOWAT = 18;
  public static final int SO_SNDLOWAT = 19;
  public static final int SO_RCVTIMEO_OLD = 20;
  public static final int SO_SNDTIMEO_OLD = 21;
  public static final int SO_BINDTODEVICE = 25;
  public static final int SO_ATTACH_FILTER = 26;
  public static final int SO_GET_FILTER = 26;
  public static final int SO_DETACH_FILTER = 27;
  public static final int SO_TIMESTAMP_OLD = 29;
  public static final int SO_ACCEPTCONN = 30;
  public static final int SO_SNDBUFFORCE = 32;
  public static final int SO_RCVBUFFORCE = 33;
  public static final int SO_PASSSEC = 34;
  public static final int SO_TIMESTAMPNS_OLD = 35;
  public static final int SO_MARK = 36;
  public static final int SO_TIMESTAMPING_OLD = 37;
  public static final int SO_PROTOCOL = 38;
  public static final int SO_DOMAIN = 39;
  public static final int SO_RXQ_OVFL = 40;
  public static final int SO_WIFI_STATUS = 41;
  public static final int SO_PEEK_OFF = 42;
  public static final int SO_NOFCS = 43;
  public static final int SO_LOCK_FILTER = 44;
  public static final int SO_SELECT_ERR_QUEUE = 45;
  public static final int SO_BUSY_POLL = 46;
  public static final int SO_MAX_PACING_RATE = 47;
  public static final int SO_ATTACH_BPF = 50;
  public static final int SO_COOKIE = 57;
  public static final int SO_ZEROCOPY = 60;
  public static final int SO_TXTIME = 61;
  public static final int SO_TIMESTAMP_NEW = 63;
  public static final int SO_TIMESTAMPNS_NEW = 64;
  public static final int SO_PREFER_BUSY_POLL = 69;
  public static final int SO_NETNS_COOKIE = 71;
  public static final int SO_BUF_LOCK = 72;
  public static final int SO_RESERVE_MEM = 73;
  public static final int SO_TXREHASH = 74;
  public static final int SO_RCVMARK = 75;
  public static final int SO_PASSPIDFD = 76;
  public static final int SO_PEERPIDFD = 77;
  public static final int SO_RCVPRIORITY = 82;
  public static final int SO_PASSRIGHTS = 83;

  public static final int SOCK_SNDBUF_LOCK = 1;
  public static final int SOCK_RCVBUF_LOCK = 2;

  public static final int SOL_IP = 0;
  public static final int IP_TOS = 1;
  public static final int IP_TTL = 2;
  public static final int IP_HDRINCL = 3;
  public static final int IP_OPTIONS = 4;
  public static final int IP_RECVOPTS = 6;
  public static final int IP_RETOPTS = 7;
  public static final int IP_PKTINFO = 8;
  public static final int IP_MTU_DISCOVER = 10;
  public static final int IP_RECVERR = 11;
  public static final int IP_RECVTTL = 12;
  public static final int IP_RECVTOS = 13;
  public static final int IP_FREEBIND = 15;
  public static final int IP_PASSSEC = 18;
  public static final int IP_TRANSPARENT = 19;
  public static final int IP_RECVORIGDSTADDR = 20;
  public static final int IP_MINTTL = 21;
  public static final int IP_NODEFRAG = 22;
  public static final int IP_CHECKSUM = 23;
  public static final int IP_BIND_ADDRESS_NO_PORT = 24;
  public static final int IP_RECVFRAGSIZE = 25;
  public static final int IP_RECVERR_RFC4884 = 26;
  public static final int IP_MULTICAST_IF = 32;
  public static final int IP_MULTICAST_TTL = 33;
  public static final int IP_MULTICAST_LOOP = 34;
  public static final int IP_ADD_MEMBERSHIP = 35;
  public static final int IP_MSFILTER = 41;
  public static final int MCAST_JOIN_GROUP = 42;
  public static final int MCAST_MSFILTER = 48;
  public static final int IP_MULTICAST_ALL = 49;
  public static final int IP_UNICAST_IF = 50;
  public static final int IP_LOCAL_PORT_RANGE = 51;

  public static final int SOL_IPV6 = 41;
  public static final int IPV6_CHECKSUM = 7;
  public static final int IPV6_UNICAST_HOPS = 16;
  public static final int IPV6_MULTICAST_IF = 17;
  public static final int IPV6_MULTICAST_HOPS = 18;
  public static final int IPV6_MULTICAST_LOOP = 19;
  public static final int IPV6_ADD_MEMBERSHIP = 20;
  public static final int IPV6_MTU_DISCOVER = 23;
  public static final int IPV6_MTU = 24;
  public static final int IPV6_RECVERR = 25;
  public static final int IPV6_V6ONLY = 26;
  public static final int IPV6_MULTICAST_ALL = 29;
  public static final int IPV6_RECVERR_RFC4884 = 31;
  public static final int IPV6_HDRINCL = 36;
  public static final int IPV6_RECVPKTINFO = 49;
  public static final int IPV6_RECVHOPLIMIT = 51;
  public static final int IPV6_RECVRTHDR = 56;
  public static final int IPV6_RECVHOPOPTS = 53;
  public static final int IPV6_RECVDSTOPTS = 58;
  public static final int IPV6_RECVPATHMTU = 60;
  public static final int IPV6_DONTFRAG = 62;
  public static final int IPV6_RECVTCLASS = 66;
  public static final int IPV6_TCLASS = 67;
  public static final int IPV6_AUTOFLOWLABEL = 70;
  public static final int IPV6_ADDR_PREFERENCES = 72;
  public static final int IPV6_MINHOPCOUNT = 73;
  public static final int IPV6_ORIGDSTADDR = 74;
  public static final int IPV6_TRANSPARENT = 75;
  public static final int IPV6_UNICAST_IF = 76;
  public static final int IPV6_RECVFRAGSIZE = 77;
  public static final int IPV6_FREEBIND = 78;

  public static final int SOL_TCP = 6;
  public static final int TCP_NODELAY = 1;
  public static final int TCP_MAXSEG = 2;
  public static final int TCP_CORK = 3;
  public static final int TCP_KEEPIDLE = 4;
  public static final int TCP_KEEPINTVL = 5;
  public static final int TCP_KEEPCNT = 6;
  public static final int TCP_SYNCNT = 7;
  public static final int TCP_LINGER2 = 8;
  public static final int TCP_DEFER_ACCEPT = 9;
  public static final int TCP_WINDOW_CLAMP = 10;
  public static final int TCP_INFO = 11;
  public static final int TCP_QUICKACK = 12;
  public static final int TCP_CONGESTION = 13;
  public static final int TCP_THIN_LINEAR_TIMEOUTS = 16;
  public static final int TCP_USER_TIMEOUT = 18;
  public static final int TCP_REPAIR = 19;
  public static final int TCP_REPAIR_QUEUE = 20;
  public static final int TCP_QUEUE_SEQ = 21;
  public static final int TCP_REPAIR_OPTIONS = 22;
  public static final int TCP_FASTOPEN = 23;
  public static final int TCP_TIMESTAMP = 24;
  public static final int TCP_NOTSENT_LOWAT = 25;
  public static final int TCP_SAVE_SYN = 27;
  public static final int TCP_REPAIR_WINDOW = 29;
  public static final int TCP_FASTOPEN_CONNECT = 30;
  public static final int TCP_ULP = 31;
  public static final int TCP_FASTOPEN_NO_COOKIE = 34;
  public static final int TCP_INQ = 36;
  public static final int TCP_TX_DELAY = 37;

  public static final int TCP_REPAIR_OFF = 0;
  public static final int TCP_REPAIR_ON = 1;
  public static final int TCP_REPAIR_OFF_NO_WP = -1;
  public static final int TCP_NO_QUEUE = 0;
  public static final int TCP_RECV_QUEUE = 1;
  public static final int TCP_SEND_QUEUE = 2;

  public static final int SOL_UDP = 17;
  public static final int SOL_UDPLITE = 136;
  public static final int UDP_CORK = 1;
  public static final int UDP_ENCAP = 100;
  public static final int UDP_NO_CHECK6_TX = 101;
  public static final int UDP_NO_CHECK6_RX = 102;
  public static final int UDP_SEGMENT = 103;
  public static final int UDP_GRO = 104;
  public static final int UDPLITE_SEND_CSCOV = 10;
  public static final int UDPLITE_RECV_CSCOV = 11;

  public static final int SOL_RAW = 255;
  public static final int ICMP_FILTER = 1;
  public static final int ICMPV6_FILTER = 1;

  public static final int SOL_PACKET = 263;
  public static final int PACKET_ADD_MEMBERSHIP = 1;
  public static final int PACKET_RX_RING = 5;
  public static final int PACKET_STATISTICS = 6;
  public static final int PACKET_COPY_THRESH = 7;
  public static final int PACKET_AUXDATA = 8;
  public static final int PACKET_ORIGDEV = 9;
  public static final int PACKET_VERSION = 10;
  public static final int PACKET_RESERVE = 12;
  public static final int PACKET_TX_RING = 13;
  public static final int PACKET_LOSS = 14;
  public static final int PACKET_VNET_HDR = 15;
  public static final int PACKET_TIMESTAMP = 17;
  public static final int PACKET_FANOUT = 18;

  public static final int SOL_NETLINK = 270;
  public static final int NETLINK_ADD_MEMBERSHIP = 1;
  public static final int NETLINK_PKTINFO = 3;
  public static final int NETLINK_BROADCAST_ERROR = 4;
  public static final int NETLINK_NO_ENOBUFS = 5;
  public static final int NETLINK_LISTEN_ALL_NSID = 8;
  public static final int NETLINK_LIST_MEMBERSHIPS = 9;
  public static final int NETLINK_CAP_ACK = 10;
  public static final int NETLINK_EXT_ACK = 11;
  public static final int NETLINK_GET_STRICT_CHK = 12;

  /** Bytes to be read, FIONREAD of tcp(7), udp(7); for AF_UNIX as unix(7) says. */
  public static final int SIOCINQ = 0x541B;

  /** Bytes sent and not yet taken away. */
  public static final int SIOCOUTQ = 0x5411;

  /** Bytes written and not yet sent, tcp(7). */
  public static final int SIOCOUTQNSD = 0x894B;

  /** A descriptor of the socket's network namespace; needs CAP_NET_ADMIN there. */
  public static final int SIOCGSKNS = 0x894C;

  /** An O_PATH descriptor of the file a Unix socket is bound to; needs CAP_NET_ADMIN. */
  public static final int SIOCUNIXFILE = 0x89E0;

  /** The index of the network interface of a name, netdevice(7). */
  public static final int SIOCGIFINDEX = 0x8933;

  /** The name of the network interface of an index, netdevice(7). */
  public static final int SIOCGIFNAME = 0x8910;

  private SocketOption() {}
}

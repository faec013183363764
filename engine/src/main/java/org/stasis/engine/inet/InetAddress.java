package org.stasis.engine.inet;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * An address of ip(7) or ipv6(7), {@code struct sockaddr_in} or {@code sockaddr_in6}.
 *
 * <pre>
 *   0  2  family, host order
 *   2  2  port, network order
 *   4  4  IPv4: address          IPv6: flow information
 *   8 16                         IPv6: address
 *  24  4                         IPv6: scope, an interface's index, host order
 * </pre>
 *
 * @param family AF_INET (2) or AF_INET6 (10)
 * @param port 0 for none
 * @param words the address as images have it: words of four bytes, in memory order
 * @param scope interface of a link-local address, else 0
 */
record InetAddress(int family, int port, List<Integer> words, int scope) {
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  private static final int IPV4_BYTES = 16;
  private static final int IPV6_BYTES = 28;

  static InetAddress of(byte[] address) {
    ByteBuffer in = ByteBuffer.wrap(address).order(ByteOrder.nativeOrder());
    int family = in.getShort(0);
    int port = (address[2] & 0xff) << 8 | address[3] & 0xff;
    List<Integer> words = new ArrayList<>();
    if (family == AF_INET) {
      words.add(in.getInt(4));
      return new InetAddress(family, port, words, 0);
    }
    for (int i = 0; i < 4; i++) {
      words.add(in.getInt(8 + 4 * i));
    }
    return new InetAddress(family, port, words, in.getInt(24));
  }

  /** Whether the socket has been given a name. */
  boolean isBound() {
    return port != 0 || words.stream().anyMatch(word -> word != 0);
  }

  byte[] bytes() {
    ByteBuffer out =
        ByteBuffer.allocate(family == AF_INET ? IPV4_BYTES : IPV6_BYTES)
            .order(ByteOrder.nativeOrder());
    out.putShort(0, (short) family).put(2, (byte) (port >> 8)).put(3, (byte) port);
    int at = family == AF_INET ? 4 : 8;
    for (int word : words) {
      out.putInt(at, word);
      at += 4;
    }
    if (family == AF_INET6) {
      out.putInt(24, scope);
    }
    return out.array();
  }
}

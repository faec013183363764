package org.stasis.engine.inet;

import static org.stasis.linux.socket.SocketOption.AF_INET;
import static org.stasis.linux.socket.SocketOption.AF_INET6;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.stasis.images.proto.InetSkEntry;

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
public record InetAddress(int family, int port, List<Integer> words, int scope) {
  private static final int IPV4_BYTES = 16;
  private static final int IPV6_BYTES = 28;
  private static final int MAPPED = 0xffff0000; // the third word of ::ffff:a.b.c.d

  /** Copies the words. */
  public InetAddress {
    words = List.copyOf(words);
  }

  /**
   * Reads an address.
   *
   * @param address the whole {@code sockaddr}
   * @return the address
   */
  public static InetAddress of(byte[] address) {
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

  /**
   * The socket's own name.
   *
   * @param socket as the image has it
   * @return its source
   */
  public static InetAddress source(InetSkEntry socket) {
    return new InetAddress(socket.getFamily(), socket.getSrcPort(), socket.getSrcAddrList(), 0);
  }

  /**
   * Who the socket is connected to.
   *
   * @param socket as the image has it
   * @return its destination
   */
  public static InetAddress destination(InetSkEntry socket) {
    return new InetAddress(socket.getFamily(), socket.getDstPort(), socket.getDstAddrList(), 0);
  }

  /**
   * Whether it says any address at all.
   *
   * @return false for 0.0.0.0 and ::
   */
  public boolean isSpecific() {
    for (int word : words) {
      if (word != 0) {
        return true;
      }
    }
    return false;
  }

  /**
   * The same with another port.
   *
   * @param other the port
   * @return the address
   */
  public InetAddress withPort(int other) {
    return new InetAddress(family, other, words, scope);
  }

  /**
   * The address as packets have it; an IPv4 address mapped into IPv6 is IPv4.
   *
   * @return 4 or 16 bytes in network order
   */
  public byte[] network() {
    ByteBuffer out = ByteBuffer.allocate(4 * words.size()).order(ByteOrder.nativeOrder());
    for (int word : words) {
      out.putInt(word);
    }
    byte[] bytes = out.array();
    return isMapped() ? Arrays.copyOfRange(bytes, 12, 16) : bytes;
  }

  private boolean isMapped() {
    return family == AF_INET6 && words.get(0) == 0 && words.get(1) == 0 && words.get(2) == MAPPED;
  }

  /**
   * The whole {@code sockaddr}.
   *
   * @return its bytes
   */
  public byte[] bytes() {
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

  /**
   * The address as people write it, without the port.
   *
   * @return such as {@code 127.0.0.1} or {@code 0:0:0:0:0:0:0:1}
   */
  public String host() {
    byte[] bytes = network();
    StringBuilder text = new StringBuilder();
    if (bytes.length == 4) {
      for (int i = 0; i < 4; i++) {
        text.append(i == 0 ? "" : ".").append(bytes[i] & 0xff);
      }
    } else {
      for (int i = 0; i < 16; i += 2) {
        int part = (bytes[i] & 0xff) << 8 | bytes[i + 1] & 0xff;
        text.append(i == 0 ? "" : ":").append(Integer.toHexString(part));
      }
    }
    return text.toString();
  }

  /** For people: address and port. */
  @Override
  public String toString() {
    String host = host();
    return host.indexOf(':') < 0 ? host + ':' + port : '[' + host + "]:" + port;
  }
}

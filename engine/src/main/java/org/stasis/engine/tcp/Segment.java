package org.stasis.engine.tcp;

import java.nio.ByteBuffer;
import org.stasis.engine.inet.InetAddress;

/**
 * A TCP segment without data, in an IP packet, as raw(7) sends it: what the peer of a connection
 * had said before the dump and does not say again.
 *
 * <pre>
 *   IPv4  0x45, 0, length 2, id 2, fragment 2, ttl, 6, checksum 2, source 4, destination 4
 *   IPv6  0x60 0 0 0, length 2, 6, hop limit, source 16, destination 16
 *   TCP   source port 2, destination port 2, sequence 4, acknowledgement 4, 0x50, flags, window 2,
 *         checksum 2, urgent 2
 * </pre>
 *
 * <p>Everything is big endian. The kernel fills in length and checksum of an IPv4 header.
 */
final class Segment {
  static final int FIN = 0x01;
  static final int ACK = 0x10;

  private static final int TCP_BYTES = 20;
  private static final int IPV4_BYTES = 20;
  private static final int IPV6_BYTES = 40;
  private static final int PROTOCOL = 6;
  private static final int HOPS = 64;
  private static final int CHECKSUM = 16; // in the TCP header

  private Segment() {}

  /**
   * Makes a packet.
   *
   * @param from who seems to send it
   * @param to the connection's own end
   * @param sequence its sequence number
   * @param acknowledgement what it acknowledges
   * @param flags {@link #FIN}, {@link #ACK}
   * @param window the window it announces, scaled
   * @return the packet, IP header included
   */
  static byte[] packet(
      InetAddress from, InetAddress to, int sequence, int acknowledgement, int flags, int window) {
    byte[] source = from.network();
    byte[] destination = to.network();
    boolean six = source.length > 4;
    int start = six ? IPV6_BYTES : IPV4_BYTES;
    ByteBuffer packet = ByteBuffer.allocate(start + TCP_BYTES);
    if (six) {
      packet.put((byte) 0x60).position(4);
      packet.putShort((short) TCP_BYTES).put((byte) PROTOCOL).put((byte) HOPS);
    } else {
      packet.put((byte) 0x45).position(8);
      packet.put((byte) HOPS).put((byte) PROTOCOL).putShort((short) 0);
    }
    packet.put(source).put(destination);
    packet.putShort((short) from.port()).putShort((short) to.port());
    packet.putInt(sequence).putInt(acknowledgement);
    packet.put((byte) (TCP_BYTES / 4 << 4)).put((byte) flags).putShort((short) window);
    packet.putShort(start + CHECKSUM, checksum(packet, start, source, destination));
    return packet.array();
  }

  private static short checksum(ByteBuffer packet, int start, byte[] source, byte[] destination) {
    int sum = PROTOCOL + TCP_BYTES;
    for (byte[] address : new byte[][] {source, destination}) {
      for (int i = 0; i < address.length; i += 2) {
        sum += (address[i] & 0xff) << 8 | address[i + 1] & 0xff;
      }
    }
    for (int i = start; i < start + TCP_BYTES; i += 2) {
      sum += Short.toUnsignedInt(packet.getShort(i));
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (short) ~sum;
  }
}

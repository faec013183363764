package org.stasis.engine.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stasis.linux.socket.SocketOption.AF_INET;
import static org.stasis.linux.socket.SocketOption.AF_INET6;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.stasis.engine.inet.InetAddress;

@DisplayName("A segment that a peer had sent before")
class SegmentTest {
  private static InetAddress address(int family, int port, String hex) {
    byte[] sockaddr = new byte[family == AF_INET ? 16 : 28];
    sockaddr[0] = (byte) family; // little endian, as every machine this runs on
    sockaddr[2] = (byte) (port >> 8);
    sockaddr[3] = (byte) port;
    byte[] bytes = HexFormat.of().parseHex(hex);
    System.arraycopy(bytes, 0, sockaddr, family == AF_INET ? 4 : 8, bytes.length);
    return InetAddress.of(sockaddr);
  }

  private static final InetAddress PEER = address(AF_INET, 8080, "0a580001");
  private static final InetAddress HERE = address(AF_INET, 40000, "0a580002");

  /** What a receiver does: the sum over pseudo header and segment must come out as all ones. */
  private static int sum(byte[] packet, int start, int addresses) {
    ByteBuffer bytes = ByteBuffer.wrap(packet);
    int sum = 6 + packet.length - start;
    for (int at = addresses; at < packet.length; at += 2) {
      sum += Short.toUnsignedInt(bytes.getShort(at));
    }
    return (sum & 0xffff) + (sum >>> 16);
  }

  @Test
  void hasTheHeadersOfIpVersion4() {
    byte[] packet =
        Segment.packet(PEER, HERE, 0x01020304, 0x05060708, Segment.FIN | Segment.ACK, 9);
    assertThat(HexFormat.of().formatHex(packet, 0, 36))
        .isEqualTo(
            "4500000000000000"
                + "40060000"
                + "0a580001"
                + "0a580002" // ttl, TCP, addresses
                + "1f909c40"
                + "01020304"
                + "05060708"
                + "50110009");
    assertThat(sum(packet, 20, 12)).isEqualTo(0xffff);
  }

  @Test
  void hasTheHeadersOfIpVersion6() {
    InetAddress peer = address(AF_INET6, 1, "fd000000000000000000000000000001");
    InetAddress here = address(AF_INET6, 2, "fd000000000000000000000000000002");
    byte[] packet = Segment.packet(peer, here, 1, 2, Segment.ACK, 0xffff);
    assertThat(packet).hasSize(60).startsWith(0x60, 0, 0, 0, 0, 20, 6, 64);
    assertThat(packet[53]).isEqualTo((byte) Segment.ACK);
    assertThat(sum(packet, 40, 8)).isEqualTo(0xffff);
  }

  @Test
  void isOfIpVersion4WhenItsAddressesAreMapped() {
    InetAddress peer = address(AF_INET6, 8080, "00000000000000000000ffff0a580001");
    InetAddress here = address(AF_INET6, 40000, "00000000000000000000ffff0a580002");
    assertThat(Segment.packet(peer, here, 1, 2, Segment.ACK, 3))
        .isEqualTo(Segment.packet(PEER, HERE, 1, 2, Segment.ACK, 3));
  }

  @Test
  void isSentToAddressesThatPeopleCanRead() {
    assertThat(
            List.of(
                PEER.toString(), address(AF_INET6, 2, "fd00" + "0".repeat(27) + "2").toString()))
        .containsExactly("10.88.0.1:8080", "[fd00:0:0:0:0:0:0:2]:2");
  }
}

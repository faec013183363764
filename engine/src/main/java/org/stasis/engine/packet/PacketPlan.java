package org.stasis.engine.packet;

import static org.stasis.linux.socket.SocketOption.AF_PACKET;
import static org.stasis.linux.socket.SocketOption.PACKET_ADD_MEMBERSHIP;
import static org.stasis.linux.socket.SocketOption.PACKET_AUXDATA;
import static org.stasis.linux.socket.SocketOption.PACKET_COPY_THRESH;
import static org.stasis.linux.socket.SocketOption.PACKET_FANOUT;
import static org.stasis.linux.socket.SocketOption.PACKET_LOSS;
import static org.stasis.linux.socket.SocketOption.PACKET_ORIGDEV;
import static org.stasis.linux.socket.SocketOption.PACKET_RESERVE;
import static org.stasis.linux.socket.SocketOption.PACKET_TIMESTAMP;
import static org.stasis.linux.socket.SocketOption.PACKET_VERSION;
import static org.stasis.linux.socket.SocketOption.PACKET_VNET_HDR;
import static org.stasis.linux.socket.SocketOption.SOL_PACKET;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Descriptions;
import org.stasis.engine.files.Owner;
import org.stasis.engine.sockets.SocketOptions;
import org.stasis.engine.sockets.SocketProgram;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.images.proto.PacketMclist;
import org.stasis.images.proto.PacketSockEntry;
import org.stasis.linux.agent.Argument;

/** Plans the making of a packet socket. */
final class PacketPlan {
  private static final int ADDRESS_BYTES = 20; // struct sockaddr_ll
  private static final int MEMBERSHIP_BYTES = 16; // struct packet_mreq
  private static final int MOST_GROUP_BYTES = 8;

  private PacketPlan() {}

  static void plan(PacketSockEntry socket, FilePlanner planner) throws StasisException {
    String what = "packet socket of interface " + socket.getIfindex();
    if (socket.hasRxRing() || socket.hasTxRing()) {
      throw failed(what, "it has a ring of packets, which is not carried", planner);
    }
    SocketProgram to = new SocketProgram(planner.plan(), planner.program());
    to.why("making " + what, "Packet sockets need CAP_NET_RAW.");
    Argument fd = to.open(AF_PACKET, socket.getType(), 0); // deaf until it is bound
    SocketOptions.planEarly(socket.getOpts(), fd, to);
    set(PACKET_VERSION, socket.getVersion(), fd, to);
    set(PACKET_RESERVE, socket.getReserve(), fd, to);
    set(PACKET_AUXDATA, socket.getAuxData() ? 1 : 0, fd, to);
    set(PACKET_ORIGDEV, socket.getOrigDev() ? 1 : 0, fd, to);
    set(PACKET_VNET_HDR, socket.getVnetHdr() ? 1 : 0, fd, to);
    set(PACKET_LOSS, socket.getLoss() ? 1 : 0, fd, to);
    set(PACKET_TIMESTAMP, socket.getTimestamp(), fd, to);
    set(PACKET_COPY_THRESH, socket.getCopyThresh(), fd, to);
    SocketOptions.planLate(socket.getOpts(), fd, to); // filters before packets
    to.why("binding " + what, "There must be an interface of this number.");
    if (socket.getProtocol() != 0 || socket.getIfindex() != 0) {
      to.bind(fd, address(socket));
    }
    for (PacketMclist membership : socket.getMclistList()) {
      to.set(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership(what, membership, planner));
    }
    if (socket.hasFanout() && socket.getFanout() != PacketSockets.NO_FANOUT) {
      to.set(fd, SOL_PACKET, PACKET_FANOUT, socket.getFanout());
    }
    Owner.plan(planner, socket.getId(), socket.getFown(), socket.getFlags());
    Descriptions.setFlags(to.program(), fd, socket.getFlags(), 0);
    planner.opened(socket.getId(), fd);
  }

  private static void set(int option, int value, Argument fd, SocketProgram to) {
    if (value != 0) {
      to.set(fd, SOL_PACKET, option, value);
    }
  }

  /**
   * {@code struct sockaddr_ll}: family, protocol as the image has it, interface, and no address.
   */
  private static byte[] address(PacketSockEntry socket) {
    return ByteBuffer.allocate(ADDRESS_BYTES)
        .order(ByteOrder.nativeOrder())
        .putShort((short) AF_PACKET)
        .putShort((short) socket.getProtocol())
        .putInt(socket.getIfindex())
        .array();
  }

  /** {@code struct packet_mreq}: interface, type, length and address. */
  private static byte[] membership(String what, PacketMclist membership, FilePlanner planner)
      throws StasisException {
    int length = membership.getAddr().size();
    if (length > MOST_GROUP_BYTES) {
      throw failed(what, "an address of " + length + " bytes among its groups", planner);
    }
    return ByteBuffer.allocate(MEMBERSHIP_BYTES)
        .order(ByteOrder.nativeOrder())
        .putInt(membership.getIndex())
        .putShort((short) membership.getType())
        .putShort((short) length)
        .put(membership.getAddr().toByteArray())
        .array();
  }

  private static StasisException failed(String what, String problem, FilePlanner planner) {
    String task = planner.describe(planner.task());
    return new StasisException(task, "restoring " + what, problem, 0, "", null);
  }
}

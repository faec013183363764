package org.stasis.engine.packet;

import static org.stasis.linux.socket.SocketOption.AF_PACKET;
import static org.stasis.linux.socket.SocketOption.PACKET_AUXDATA;
import static org.stasis.linux.socket.SocketOption.PACKET_LOSS;
import static org.stasis.linux.socket.SocketOption.PACKET_ORIGDEV;
import static org.stasis.linux.socket.SocketOption.PACKET_RESERVE;
import static org.stasis.linux.socket.SocketOption.PACKET_TIMESTAMP;
import static org.stasis.linux.socket.SocketOption.PACKET_VERSION;
import static org.stasis.linux.socket.SocketOption.PACKET_VNET_HDR;
import static org.stasis.linux.socket.SocketOption.SOL_PACKET;

import com.google.protobuf.ByteString;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.sockets.DiagSockets;
import org.stasis.engine.sockets.SocketOptions;
import org.stasis.engine.sockets.Sockets;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.TaskView;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.PacketMclist;
import org.stasis.images.proto.PacketSockEntry;
import org.stasis.images.proto.SkOptsEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;
import org.stasis.linux.socket.PacketDiag;
import org.stasis.linux.socket.Socket;

/** Packet sockets as a kind of file. */
public final class PacketSockets implements FileKind {
  static final int NO_FANOUT = -1;
  private static final String CLOSE_IT = "close it before the dump";

  private @Nullable DiagSockets<PacketDiag> known;

  @Override
  public Set<FdTypes> types() {
    return Set.of(FdTypes.PACKETSK);
  }

  @Override
  public boolean claims(OpenFile file) throws StasisException {
    return Sockets.family(file) == AF_PACKET;
  }

  @Override
  public void capture(OpenFile file, FileCapture to) throws StasisException {
    try {
      DiagSockets<PacketDiag> all = known == null ? new DiagSockets<>(to, PacketDiag::all) : known;
      known = all;
      Optional<TaskView> home = all.namespaces().inhabitant(file.duplicate(), file.task());
      if (home.isEmpty()) {
        to.obstacle(
            "it belongs to a network namespace that no task of the tree lives in", CLOSE_IT);
        return;
      }
      describe(file, home.get(), all, to);
    } catch (SyscallException e) {
      throw Sockets.failed(file, e);
    }
  }

  private void describe(OpenFile file, TaskView home, DiagSockets<PacketDiag> all, FileCapture to)
      throws StasisException, SyscallException {
    PacketDiag diag = all.of(file, home);
    if (diag == null) {
      to.obstacle("the kernel does not tell about it (packet_diag)", CLOSE_IT);
      return;
    }
    if (diag.rings()) {
      to.obstacle("it has a ring of packets shared with the kernel (PACKET_RX_RING)", CLOSE_IT);
      return;
    }
    Fd socket = file.duplicate();
    PacketSockEntry.Builder entry =
        PacketSockEntry.newBuilder()
            .setId(file.id())
            .setType(diag.type())
            .setProtocol(swapped(diag.protocol()))
            .setFlags(file.flags())
            .setIfindex(diag.interfaceIndex())
            .setFown(file.owner())
            .setVersion(option(socket, PACKET_VERSION))
            .setReserve(option(socket, PACKET_RESERVE))
            .setAuxData(option(socket, PACKET_AUXDATA) != 0)
            .setOrigDev(option(socket, PACKET_ORIGDEV) != 0)
            .setVnetHdr(option(socket, PACKET_VNET_HDR) != 0)
            .setLoss(option(socket, PACKET_LOSS) != 0)
            .setTimestamp(option(socket, PACKET_TIMESTAMP))
            .setCopyThresh(diag.copyThreshold());
    if (diag.hasFanout()) {
      entry.setFanout(diag.fanout());
    }
    for (PacketDiag.Membership one : diag.memberships()) {
      for (int i = 0; i < one.count(); i++) {
        entry.addMclist(
            PacketMclist.newBuilder()
                .setIndex(one.interfaceIndex())
                .setType(one.type())
                .setAddr(ByteString.copyFrom(one.address())));
      }
    }
    Integer id = all.namespaces().id(home);
    if (id != null) {
      entry.setNsId(id);
    }
    SkOptsEntry.Builder options = SocketOptions.capture(socket, false);
    all.more().capture(socket, home, AF_PACKET, diag.type(), 0, false, options);
    entry.setOpts(options);
    to.entry(FileEntry.newBuilder().setType(FdTypes.PACKETSK).setId(file.id()).setPsk(entry));
  }

  /** Images have it as the kernel's calls do: a number in network order, read in our own. */
  private static int swapped(int protocol) {
    return Short.toUnsignedInt(Short.reverseBytes((short) protocol));
  }

  private static int option(Fd socket, int option) throws SyscallException {
    return Socket.option(socket, SOL_PACKET, option);
  }

  @Override
  public void plan(Collection<FileEntry> cluster, FilePlanner planner) throws StasisException {
    for (FileEntry file : cluster) {
      PacketPlan.plan(file.getPsk(), planner);
    }
  }
}

package org.stasis.engine.netlink;

import static org.stasis.linux.socket.SocketOption.AF_NETLINK;
import static org.stasis.linux.socket.SocketOption.NETLINK_ADD_MEMBERSHIP;
import static org.stasis.linux.socket.SocketOption.SOCK_RAW;
import static org.stasis.linux.socket.SocketOption.SOL_NETLINK;
import static org.stasis.linux.socket.SocketOption.SOL_SOCKET;
import static org.stasis.linux.socket.SocketOption.SO_PROTOCOL;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Descriptions;
import org.stasis.engine.files.Owner;
import org.stasis.engine.sockets.DiagSockets;
import org.stasis.engine.sockets.SocketOptions;
import org.stasis.engine.sockets.SocketProgram;
import org.stasis.engine.sockets.Sockets;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.TaskView;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.NetlinkSkEntry;
import org.stasis.images.proto.SkOptsEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.Poll;
import org.stasis.linux.SyscallException;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.socket.NetlinkDiag;
import org.stasis.linux.socket.Socket;

/** Netlink sockets as a kind of file. */
public final class NetlinkSockets implements FileKind {
  private static final int ADDRESS_BYTES = 12; // struct sockaddr_nl: family, padding, port, groups

  private @Nullable DiagSockets<NetlinkDiag> known;

  @Override
  public Set<FdTypes> types() {
    return Set.of(FdTypes.NETLINKSK);
  }

  @Override
  public boolean claims(OpenFile file) throws StasisException {
    return Sockets.family(file) == AF_NETLINK;
  }

  @Override
  public void capture(OpenFile file, FileCapture to) throws StasisException {
    try {
      DiagSockets<NetlinkDiag> all =
          known == null ? new DiagSockets<>(to, NetlinkDiag::all) : known;
      known = all;
      Optional<TaskView> home = all.namespaces().inhabitant(file.duplicate(), file.task());
      if (home.isEmpty()) {
        to.obstacle(
            "it belongs to a network namespace that no task of the tree lives in",
            "close it before the dump");
        return;
      }
      describe(file, home.get(), all, to);
    } catch (SyscallException e) {
      throw Sockets.failed(file, e);
    }
  }

  private void describe(OpenFile file, TaskView home, DiagSockets<NetlinkDiag> all, FileCapture to)
      throws StasisException, SyscallException {
    Fd socket = file.duplicate();
    NetlinkDiag diag = all.of(file, home); // null without address and group
    if (diag != null && (diag.flags() & NetlinkDiag.NDIAG_FLAG_CB_RUNNING) != 0) {
      to.obstacle("the kernel is in the midst of an answer", "dump again a little later");
      return;
    }
    if ((Poll.await(socket, Poll.POLLIN, 0) & Poll.POLLIN) != 0) {
      to.obstacle(
          "messages wait in it that nobody has read; the kernel does not say them again",
          "have the program read them, or close it, before the dump");
      return;
    }
    int protocol = Socket.option(socket, SOL_SOCKET, SO_PROTOCOL);
    NetlinkSkEntry.Builder entry =
        NetlinkSkEntry.newBuilder()
            .setId(file.id())
            .setIno((int) file.stat().inode())
            .setProtocol(protocol)
            .setFlags(file.flags())
            .setFown(file.owner())
            .setState(diag == null ? 0 : diag.state())
            .setPortid(diag == null ? 0 : diag.portId())
            .setDstPortid(diag == null ? 0 : diag.destinationPortId())
            .setDstGroup(diag == null ? 0 : diag.destinationGroup());
    if (diag != null) {
      addGroups(diag.groups(), entry);
    }
    Integer id = all.namespaces().id(home);
    if (id != null) {
      entry.setNsId(id);
    }
    SkOptsEntry.Builder options = SocketOptions.capture(socket, true);
    all.more().capture(socket, home, AF_NETLINK, SOCK_RAW, protocol, false, options);
    entry.setOpts(options);
    to.entry(FileEntry.newBuilder().setType(FdTypes.NETLINKSK).setId(file.id()).setNlsk(entry));
  }

  private static void addGroups(byte[] groups, NetlinkSkEntry.Builder entry) {
    for (int at = 0; at < groups.length; at += Integer.BYTES) {
      int word = 0;
      for (int i = 0; i < Integer.BYTES && at + i < groups.length; i++) {
        word |= (groups[at + i] & 0xff) << (i * Byte.SIZE);
      }
      entry.addGroups(word);
    }
  }

  @Override
  public void plan(Collection<FileEntry> cluster, FilePlanner planner) throws StasisException {
    for (FileEntry file : cluster) {
      plan(file.getNlsk(), planner);
    }
  }

  private static void plan(NetlinkSkEntry socket, FilePlanner planner) {
    SocketProgram to = new SocketProgram(planner.plan(), planner.program());
    String what =
        "netlink socket "
            + Integer.toUnsignedString(socket.getPortid())
            + " of protocol "
            + socket.getProtocol();
    to.why("making " + what, "The kernel must have this protocol.");
    Argument fd = to.open(AF_NETLINK, SOCK_RAW, socket.getProtocol());
    SocketOptions.planEarly(socket.getOpts(), fd, to);
    if (socket.getPortid() != 0) {
      to.why("binding " + what, "Another socket of the network namespace has its address.");
      to.bind(fd, address(socket.getPortid(), 0));
    }
    to.why("joining groups with " + what, "The kernel must have the group.");
    for (int word = 0; word < socket.getGroupsCount(); word++) {
      for (int bit = 0; bit < Integer.SIZE; bit++) {
        if ((socket.getGroups(word) >>> bit & 1) != 0) {
          int group = word * Integer.SIZE + bit + 1;
          to.set(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
        }
      }
    }
    int group = socket.getDstGroup();
    if (socket.getDstPortid() != 0 || group != 0) {
      to.why("connecting " + what, "");
      to.connect(fd, address(socket.getDstPortid(), group == 0 ? 0 : 1 << (group - 1)));
    }
    to.why("setting options of " + what, "");
    SocketOptions.planLate(socket.getOpts(), fd, to);
    Owner.plan(planner, socket.getId(), socket.getFown(), socket.getFlags());
    Descriptions.setFlags(to.program(), fd, socket.getFlags(), 0);
    planner.opened(socket.getId(), fd);
  }

  private static byte[] address(int port, int groups) {
    return ByteBuffer.allocate(ADDRESS_BYTES)
        .order(ByteOrder.nativeOrder())
        .putShort((short) AF_NETLINK)
        .putShort((short) 0)
        .putInt(port)
        .putInt(groups)
        .array();
  }
}

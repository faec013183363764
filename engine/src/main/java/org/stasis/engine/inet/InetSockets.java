package org.stasis.engine.inet;

import java.util.Collection;
import java.util.Set;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Descriptions;
import org.stasis.engine.files.Owner;
import org.stasis.engine.sockets.SocketOptions;
import org.stasis.engine.sockets.SocketProgram;
import org.stasis.engine.sockets.Sockets;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.OpenFile;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.InetSkEntry;
import org.stasis.linux.SyscallException;
import org.stasis.linux.agent.Argument;

/** TCP without a connection, and UDP. */
public final class InetSockets implements FileKind {
  static final int TCP_ESTABLISHED = 1;
  static final int TCP_CLOSE = 7;
  static final int TCP_LISTEN = 10;
  static final int IPPROTO_TCP = 6;
  private static final int SOL_SOCKET = 1;
  private static final int SO_REUSEADDR = 2;

  @Override
  public Set<FdTypes> types() {
    return Set.of(FdTypes.INETSK);
  }

  @Override
  public boolean claims(OpenFile file) throws StasisException {
    int family = Sockets.family(file);
    return family == InetAddress.AF_INET || family == InetAddress.AF_INET6;
  }

  @Override
  public void capture(OpenFile file, FileCapture to) throws StasisException {
    try {
      new InetCapture(file, to).capture();
    } catch (SyscallException e) {
      throw Sockets.failed(file, e);
    }
  }

  @Override
  public void plan(Collection<FileEntry> cluster, FilePlanner planner) throws StasisException {
    for (FileEntry file : cluster) {
      plan(file.getIsk(), planner);
    }
  }

  private static void plan(InetSkEntry socket, FilePlanner planner) throws StasisException {
    boolean tcp = socket.getProto() == IPPROTO_TCP;
    if (tcp && socket.getState() != TCP_LISTEN && socket.getState() != TCP_CLOSE) {
      throw new StasisException(
          planner.describe(planner.task()),
          "restoring socket " + socket.getIno(),
          "established TCP connections are not carried yet",
          0,
          "Dump again with the connections closed.",
          null);
    }
    SocketProgram to = new SocketProgram(planner.plan(), planner.program());
    InetAddress name = name(socket);
    String what = (tcp ? "TCP" : "UDP") + " socket of port " + socket.getSrcPort();
    to.why("making a " + what, "");
    Argument fd = to.open(socket.getFamily(), socket.getType(), socket.getProto());
    SocketOptions.planEarly(socket.getOpts(), fd, to);
    InetOptions.planBeforeName(socket, fd, to);
    if (name.isBound()) {
      to.why(
          "binding a " + what,
          "Another socket has the address, or no interface here does; free it or bring it along.");
      to.set(fd, SOL_SOCKET, SO_REUSEADDR, 1); // connections of before may linger in TIME_WAIT
      to.bind(fd, name.bytes());
      to.set(fd, SOL_SOCKET, SO_REUSEADDR, socket.getOpts().getReuseaddr() ? 1 : 0);
    }
    if (socket.getState() == TCP_LISTEN) {
      to.listen(fd, socket.getBacklog());
    } else if (socket.getDstPort() != 0) {
      to.why("connecting a " + what, "");
      to.connect(fd, peer(socket).bytes());
    }
    to.why("setting options of a " + what, "");
    InetOptions.planAfterName(socket, fd, to);
    SocketOptions.planLate(socket.getOpts(), fd, to);
    Owner.plan(planner, socket.getId(), socket.getFown(), socket.getFlags());
    Descriptions.setFlags(to.program(), fd, socket.getFlags(), 0);
    planner.opened(socket.getId(), fd);
  }

  private static InetAddress name(InetSkEntry socket) {
    return new InetAddress(
        socket.getFamily(),
        socket.getSrcPort(),
        socket.getSrcAddrList(),
        InetOptions.scope(socket));
  }

  private static InetAddress peer(InetSkEntry socket) {
    return new InetAddress(
        socket.getFamily(),
        socket.getDstPort(),
        socket.getDstAddrList(),
        InetOptions.scope(socket));
  }
}

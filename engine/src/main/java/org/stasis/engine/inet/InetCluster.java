package org.stasis.engine.inet;

import static org.stasis.linux.socket.SocketOption.IPPROTO_TCP;
import static org.stasis.linux.socket.SocketOption.SOCK_RAW;
import static org.stasis.linux.socket.SocketOption.SOCK_STREAM;
import static org.stasis.linux.socket.SocketOption.SOL_SOCKET;
import static org.stasis.linux.socket.SocketOption.SO_BINDTODEVICE;
import static org.stasis.linux.socket.SocketOption.SO_REUSEADDR;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Descriptions;
import org.stasis.engine.files.Owner;
import org.stasis.engine.sockets.SocketOptions;
import org.stasis.engine.sockets.SocketProgram;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.tcp.TcpPlan;
import org.stasis.engine.tcp.TcpRestore;
import org.stasis.engine.tcp.TcpStates;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.InetSkEntry;
import org.stasis.images.proto.SkShutdown;
import org.stasis.images.proto.TcpStreamEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.socket.SocketOption;
import org.stasis.linux.socket.TcpInfo;

/**
 * Plans internet sockets that share a port: first all are bound, with SO_REUSEADDR so that they do
 * not stand in each other's way, then those listen that do, then they get the options they had.
 */
final class InetCluster {
  private static final int PERHAPS = Errno.EADDRINUSE.number();

  private final FilePlanner planner;
  private final TcpRestore connections;
  private final SocketProgram to;

  /** A socket that has been made and bound. */
  private record Made(InetSkEntry socket, Argument fd, @Nullable TcpStreamEntry stream) {}

  InetCluster(FilePlanner planner, TcpRestore connections) {
    this.planner = planner;
    this.connections = connections;
    this.to = new SocketProgram(planner.plan(), planner.program());
  }

  void plan(Collection<FileEntry> files) throws StasisException {
    List<Made> sockets = new ArrayList<>();
    for (FileEntry file : files) {
      sockets.add(make(file.getIsk()));
    }
    for (Made made : sockets) {
      if (made.socket.getState() == TcpInfo.LISTEN) {
        to.why("listening at " + describe(made.socket), "");
        to.listen(made.fd, made.socket.getBacklog());
      }
    }
    for (Made made : sockets) {
      finish(made);
    }
  }

  private Made make(InetSkEntry socket) throws StasisException {
    String what = describe(socket);
    to.why("making " + what, "");
    Argument fd = to.open(socket.getFamily(), socket.getType(), socket.getProto());
    SocketOptions.planEarly(socket.getOpts(), fd, to);
    InetOptions.planEarly(socket, fd, to);
    if (socket.hasIfname() && !socket.getOpts().hasSoBoundDev()) {
      byte[] name = socket.getIfname().getBytes(StandardCharsets.UTF_8);
      to.set(fd, SOL_SOCKET, SO_BINDTODEVICE, name);
    }
    TcpStreamEntry stream =
        isConnection(socket) ? stream(socket) : wasConnected(socket) ? unread(socket) : null;
    if (stream != null) {
      TcpPlan.plan(socket, stream, fd, to);
      connections.add(
          socket, stream, planner.task(), planner.descriptor(planner.task(), socket.getId()));
    } else if (!isConnection(socket)) {
      bind(socket, fd);
    }
    return new Made(socket, fd, stream);
  }

  private static boolean isConnection(InetSkEntry socket) {
    return isTcp(socket) && TcpStates.isConnection(socket.getState());
  }

  private static boolean isTcp(InetSkEntry socket) {
    return socket.getType() == SOCK_STREAM && socket.getProto() == IPPROTO_TCP;
  }

  /** The state of a connection that is to be kept; null when it is to be closed. */
  private @Nullable TcpStreamEntry stream(InetSkEntry socket) throws StasisException {
    if (planner.options().tcpClose()) {
      connections.discard(socket);
      return null;
    }
    TcpStreamEntry stream = connections.stream(socket);
    if (stream == null) {
      throw failed(
          socket,
          "the dump was made with --tcp-close and has no state of it",
          "Use --tcp-close for the restore too.");
    }
    return asked(socket, stream);
  }

  /** The state of a connection that is over when something is left to be read; else null. */
  private @Nullable TcpStreamEntry unread(InetSkEntry socket) throws StasisException {
    if (socket.getDstPort() == 0) {
      return null;
    }
    connections.discard(socket); // unless it is added
    if (planner.options().tcpClose()) {
      return null;
    }
    TcpStreamEntry stream = connections.stream(socket);
    return stream == null || stream.getInqLen() == 0 ? null : asked(socket, stream);
  }

  private TcpStreamEntry asked(InetSkEntry socket, TcpStreamEntry stream) throws StasisException {
    if (!planner.options().tcpEstablished()) {
      throw failed(
          socket,
          "nobody has asked for established connections",
          "Use --tcp-established, or --tcp-close to have it closed.");
    }
    return stream;
  }

  private StasisException failed(InetSkEntry socket, String problem, String remedy) {
    String task = planner.describe(planner.task());
    return new StasisException(task, "restoring " + describe(socket), problem, 0, remedy, null);
  }

  private void bind(InetSkEntry socket, Argument fd) {
    InetAddress name = InetAddress.source(socket);
    if (socket.getType() == SOCK_RAW) {
      name = name.withPort(0); // what it says there is its protocol
    }
    if (name.port() == 0 && !name.isSpecific()) {
      return;
    }
    to.why(
        "binding " + describe(socket),
        "Another socket has the address, or no interface here does; free it or bring it along.");
    if (isTcp(socket)) {
      to.set(fd, SOL_SOCKET, SO_REUSEADDR, 1); // connections of before may linger in TIME_WAIT
    }
    if (wasConnected(socket)) {
      // its connection is over and so is its claim to the port, which somebody else may have
      byte[] address = name.bytes();
      to.program()
          .call(
              Expect.successOr(PERHAPS),
              org.stasis.linux.SyscallNumber.BIND,
              fd,
              Argument.channel(to.plan().data(address)),
              Argument.of(address.length));
    } else {
      to.bind(fd, name.bytes());
    }
  }

  private static boolean wasConnected(InetSkEntry socket) {
    return isTcp(socket)
        && socket.getState() == TcpInfo.CLOSE
        && (socket.getDstPort() != 0 || socket.getShutdown() == SkShutdown.BOTH);
  }

  private void finish(Made made) {
    InetSkEntry socket = made.socket;
    String what = describe(socket);
    if (!isTcp(socket) && socket.getState() == TcpInfo.ESTABLISHED) {
      to.why("connecting " + what, "There must be a route to the peer.");
      to.connect(made.fd, InetAddress.destination(socket).bytes());
    }
    shutDown(made, what);
    to.why("setting options of " + what, "");
    InetOptions.planLate(socket, made.fd, to);
    SocketOptions.planLate(socket.getOpts(), made.fd, to);
    if (made.stream == null && isTcp(socket)) {
      to.set(made.fd, SOL_SOCKET, SO_REUSEADDR, socket.getOpts().getReuseaddr() ? 1 : 0);
    }
    Owner.plan(planner, socket.getId(), socket.getFown(), socket.getFlags());
    Descriptions.setFlags(to.program(), made.fd, socket.getFlags(), 0);
    planner.opened(socket.getId(), made.fd);
  }

  private void shutDown(Made made, String what) {
    InetSkEntry socket = made.socket;
    SkShutdown shutdown = socket.getShutdown();
    boolean closed = made.stream == null && (isConnection(socket) || wasConnected(socket));
    if (made.stream != null && socket.getState() != TcpInfo.ESTABLISHED) {
      return; // the state says it, and the engine brings the connection there
    }
    if (shutdown == SkShutdown.NONE && !closed) {
      return;
    }
    to.why("shutting down " + what, "");
    // without a connection the kernel complains, and does it all the same
    to.shutdown(
        made.fd,
        closed ? SocketOption.SHUT_RDWR : shutdown.getNumber() - 1,
        Expect.successOr(Errno.ENOTCONN.number()));
  }

  private static String describe(InetSkEntry socket) {
    String kind =
        switch (socket.getProto()) {
          case SocketOption.IPPROTO_TCP -> "TCP socket ";
          case SocketOption.IPPROTO_UDP -> "UDP socket ";
          default -> "socket of protocol " + socket.getProto() + ' ';
        };
    return kind + InetAddress.source(socket);
  }
}

package org.stasis.engine.unix;

import static org.stasis.linux.socket.SocketOption.AF_UNIX;
import static org.stasis.linux.socket.SocketOption.SOCK_DGRAM;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Owner;
import org.stasis.engine.sockets.SocketOptions;
import org.stasis.engine.sockets.SocketProgram;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.Stage;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.UnixSkEntry;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;

/**
 * Plans sockets that are made together: first all are made, named and connected, then what was
 * queued is sent again, then what would have been in the way is set.
 */
final class UnixCluster {
  private static final int SERVICE = 2; // unix_sk_entry.uflags
  private static final int PLUGIN = 4;

  private final FilePlanner planner;
  private final Outside outside;
  private final SocketProgram program;
  private final Map<Integer, Node> nodes = new LinkedHashMap<>(); // by inode

  UnixCluster(
      Collection<FileEntry> files,
      Map<Integer, List<QueueImage.Packet>> packets,
      Outside outside,
      FilePlanner planner) {
    this.planner = planner;
    this.outside = outside;
    this.program = new SocketProgram(planner.plan(), planner.program());
    for (FileEntry file : files) {
      UnixSkEntry entry = file.getUsk();
      List<QueueImage.Packet> queue = packets.getOrDefault(entry.getId(), List.of());
      nodes.put(entry.getIno(), new Node(entry, queue));
    }
  }

  void plan() throws StasisException {
    for (Node node : List.copyOf(nodes.values())) {
      if ((node.entry.getUflags() & PLUGIN) != 0) {
        throw failed(node, "it was dumped by a plugin, which only CRIU can restore", "");
      }
      if (takeInherited(node)) {
        nodes.remove(node.entry.getIno());
      }
    }
    for (Node node : nodes.values()) {
      Node other = nodes.get(node.entry.getPeer());
      if (other != null && other.entry.getPeer() == node.entry.getIno()) {
        node.peer = other;
      }
    }
    new ConnectedSockets(this).plan();
    new DatagramSockets(this).plan();
    for (Node node : nodes.values()) {
      if (!node.isMade()) {
        makeAlone(node);
      }
    }
    if (anySentLater()) {
      handOver();
      SocketProgram later =
          new SocketProgram(planner.plan(), planner.program(planner.task(), Stage.FILES_CONNECT));
      new UnixFinish(this, later).plan();
    } else {
      new UnixFinish(this, program).plan();
      handOver();
    }
    for (Node node : nodes.values()) {
      UnixSkEntry entry = node.entry;
      Owner.plan(planner, entry.getId(), entry.getFown(), entry.getFlags());
    }
  }

  private boolean takeInherited(Node node) {
    String key = "socket:[" + Integer.toUnsignedString(node.entry.getIno()) + "]";
    OptionalInt number = planner.inherited(key);
    if (number.isEmpty()) {
      return false;
    }
    program.why("taking over " + node + " from the caller", "");
    int id = node.entry.getId();
    planner.opened(id, program.program().call(SyscallNumber.DUP, (long) number.getAsInt()));
    return true;
  }

  /** Makes one that has no peer here. */
  private void makeAlone(Node node) throws StasisException {
    if ((node.entry.getUflags() & SERVICE) != 0) {
      ServiceConnection.plan(node, program);
    } else if (UnixSockets.isConnected(node.entry) && node.entry.getPeer() != 0) {
      connectOutside(node);
    } else {
      open(node);
      if (!node.name.isUnbound()) {
        bind(node);
      }
    }
  }

  /** A connection whose other end was outside of the tree, and that nobody handed over. */
  private void connectOutside(Node node) throws StasisException {
    UnixName there = outside.name(node.entry.getPeer());
    boolean named = there != null && !there.isUnbound();
    if (!named || !planner.options().extUnixSockets()) {
      String again = named ? ", or let it connect to " + there + " again: --ext-unix-sk" : "";
      throw failed(
          node,
          "it was connected to a socket outside of the tree",
          "Give it a connection: --inherit-fd fd[N]:socket["
              + Integer.toUnsignedString(node.entry.getIno())
              + "]"
              + again);
    }
    open(node);
    if (!node.name.isUnbound()) {
      bind(node);
    }
    connectOutside(node, there);
  }

  /** Connects a socket to a name outside of the tree. */
  void connectOutside(Node node, UnixName there) {
    program.why("connecting " + node + " to " + there, "Somebody must have that name again.");
    program.connect(node.fd(), there.address());
  }

  /** Makes a socket, with what it must have before it gets a name. */
  void open(Node node) {
    program.why("making " + node, "");
    node.made(program.open(AF_UNIX, node.entry.getType(), 0));
    SocketOptions.planEarly(node.entry.getOpts(), node.fd(), program);
  }

  /** Makes two sockets that are each other's peers. */
  void openPair(Node one, Node other) {
    program.why("making " + one + " and " + other, "");
    SocketProgram.Pair pair = program.pair(one.entry.getType());
    one.made(pair.one());
    other.made(pair.other());
    SocketOptions.planEarly(one.entry.getOpts(), pair.one(), program);
    SocketOptions.planEarly(other.entry.getOpts(), pair.other(), program);
  }

  /** Gives a socket its name. */
  void bind(Node node) {
    UnixPlace place = place(node);
    place.bind(node.fd());
    place.leave();
    place.finish();
  }

  /** Goes where a socket's name means what it did, about to bind it. */
  UnixPlace place(Node node) {
    program.why(
        "binding " + node,
        node.name.isPath()
            ? "Its directory must be there, and nothing but a socket in its place."
            : "Nobody else may have that name.");
    UnixPlace place = new UnixPlace(node.entry, program, planner);
    place.enter();
    return place;
  }

  StasisException failed(Node node, String problem, String remedy) {
    String task = planner.describe(planner.task());
    return new StasisException(task, "restoring " + node, problem, 0, remedy, null);
  }

  private boolean anySentLater() {
    for (Node node : nodes.values()) {
      if (node.isSentLater()) {
        return true;
      }
    }
    return false;
  }

  /** Moves every socket to the number it has until descriptors are in place. */
  private void handOver() {
    for (Node node : nodes.values()) {
      int id = node.entry.getId();
      planner.opened(id, node.fd());
      node.made(planner.descriptor(planner.task(), id));
      Argument sender = node.temporarySender;
      if (sender != null) {
        // an id that no file has; every task closes in the end what it has under such a number
        planner.opened(-id, sender);
        node.temporarySender = planner.descriptor(planner.task(), -id);
      }
    }
  }

  Collection<Node> nodes() {
    return nodes.values();
  }

  @Nullable Node node(int inode) {
    return nodes.get(inode);
  }

  Outside outside() {
    return outside;
  }

  SocketProgram program() {
    return program;
  }

  FilePlanner planner() {
    return planner;
  }

  static boolean isDatagram(Node node) {
    return node.entry.getType() == SOCK_DGRAM;
  }
}

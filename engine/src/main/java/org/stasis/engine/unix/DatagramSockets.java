package org.stasis.engine.unix;

import static org.stasis.linux.socket.SocketOption.AF_UNIX;
import static org.stasis.linux.socket.SocketOption.SOCK_DGRAM;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.sockets.SocketOptions;
import org.stasis.engine.sockets.SocketProgram;
import org.stasis.images.proto.UnixSkEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;

/**
 * Plans datagram sockets. A connected one takes datagrams from its peer alone, and connects only to
 * one that would take its own; so sockets are connected one after the other, those whose peer has
 * another peer first, and what others had sent to a socket is sent before it is connected.
 */
final class DatagramSockets {
  private final UnixCluster cluster;
  private final SocketProgram program;
  private final Map<Node, UnixPlace> places = new LinkedHashMap<>();
  private final List<Node> redirected = new ArrayList<>(); // paired first, then connected elsewhere

  DatagramSockets(UnixCluster cluster) {
    this.cluster = cluster;
    this.program = cluster.program();
  }

  void plan() throws StasisException {
    List<Node> sockets = new ArrayList<>();
    for (Node node : cluster.nodes()) {
      if (UnixCluster.isDatagram(node)) {
        sockets.add(node);
      }
    }
    for (Node node : sockets) {
      openPairOf(node);
    }
    for (Node node : sockets) {
      if (!node.isMade()) {
        open(node);
      }
    }
    // names of deleted files first: they are free again afterwards
    sockets.sort(Comparator.comparing(node -> !node.entry.getDeleted()));
    for (Node node : sockets) {
      if (!node.name.isUnbound()) {
        name(node, sockets);
      }
    }
    for (Node node : sockets) {
      if (connectsLate(node)) {
        connectLate(node);
      }
    }
    for (UnixPlace place : places.values()) {
      place.finish();
    }
  }

  /** Sockets that can only have got their peer from socketpair(2): the peer has no name. */
  private void openPairOf(Node node) {
    Node peer = peer(node);
    if (peer == null || node.isMade() || peer.isMade() || peer == node) {
      return;
    }
    if (node.peer != null ? node.name.isUnbound() || peer.name.isUnbound() : unnamed(peer)) {
      cluster.openPair(node, peer);
      if (node.peer == null) {
        redirected.add(peer);
      }
    }
  }

  private static boolean unnamed(Node node) {
    return node.name.isUnbound();
  }

  private void open(Node node) {
    if (!node.isLeftByItsPeer()) {
      cluster.open(node);
      return;
    }
    program.why("making " + node, "");
    SocketProgram.Pair pair = program.pair(SOCK_DGRAM);
    node.made(pair.one());
    SocketOptions.planEarly(node.entry.getOpts(), pair.one(), program);
    node.temporarySender = pair.other(); // goes once it has sent what is left in the queue
  }

  /** Binds a socket, sends it what was in its queue, and connects to it who can be by now. */
  private void name(Node node, List<Node> sockets) throws StasisException {
    UnixPlace place = cluster.place(node);
    place.bind(node.fd());
    if (!paired(node) && !node.packets.isEmpty() && node.temporarySender == null) {
      fill(node, place);
    }
    boolean moreToCome = false;
    for (Node client : sockets) {
      if (peer(client) != node || paired(client)) {
        continue;
      }
      if (connectsLate(client)) {
        moreToCome = true;
      } else {
        program.why("connecting " + client + " to " + node, "");
        program.connect(client.fd(), place.address());
      }
    }
    place.leave();
    if (moreToCome) {
      places.put(node, place);
    } else {
      place.finish();
    }
  }

  private @Nullable Node peer(Node node) {
    int inode = node.entry.getPeer();
    return inode == 0 ? null : cluster.node(inode);
  }

  private boolean paired(Node node) {
    Node peer = node.peer;
    return peer != null && (node.name.isUnbound() || peer.name.isUnbound());
  }

  /** Whether a socket gets its peer once all names are there and queues are filled. */
  private boolean connectsLate(Node node) {
    if (node.entry.getPeer() == 0) {
      return redirected.contains(node);
    }
    if (paired(node)) {
      return false;
    }
    Node peer = peer(node);
    boolean pairedFirst = peer != null && unnamed(peer); // with this very peer
    return !pairedFirst
        && (peer == null
            || node.peer != null
            || !node.packets.isEmpty()
            || redirected.contains(node));
  }

  private void connectLate(Node node) throws StasisException {
    Node peer = peer(node);
    if (peer != null) {
      UnixPlace place = places.get(peer);
      if (place == null) {
        throw cluster.failed(node, "its peer has no name", "");
      }
      place.enter();
      program.why("connecting " + node + " to " + peer, "");
      program.connect(node.fd(), place.address());
      place.leave();
    } else if (node.entry.getPeer() != 0) {
      UnixName outside = cluster.outside().name(node.entry.getPeer());
      if (outside == null || outside.isUnbound()) {
        throw cluster.failed(
            node,
            "it was connected to a socket outside of the tree that has no name",
            "Give it a connection: --inherit-fd fd[N]:socket["
                + Integer.toUnsignedString(node.entry.getIno())
                + "]");
      }
      cluster.connectOutside(node, outside);
    } else {
      program.why("taking the peer of " + node, "");
      program.connect(node.fd(), new byte[] {0, 0}); // AF_UNSPEC
    }
  }

  /** Sends what was in a socket's queue; it has its name, and no peer yet. */
  private void fill(Node node, UnixPlace place) throws StasisException {
    program.why("filling the queue of " + node, QueueSender.REMEDY);
    QueueSender sender = new QueueSender(program, cluster.planner());
    if (node.isSentLater()) {
      if (connectsLate(node) || node.entry.getPeer() != 0) {
        throw cluster.failed(
            node, "its queue holds descriptors, and it was connected since they came", "");
      }
      node.temporarySender = temporary(sender, node);
      program.connect(node.temporarySender, place.address());
      return;
    }
    Map<UnixName, Argument> gone = new LinkedHashMap<>(); // senders that nobody has open any more
    for (QueueImage.Packet packet : node.packets) {
      Node from = named(packet.sender());
      if (from != null) {
        sender.enlarge(from.fd(), node.packets);
        from.enlarged = true;
        sender.send(from.fd(), packet, place.address());
      } else {
        Argument temporary = gone.get(packet.sender());
        if (temporary == null) {
          temporary = temporary(sender, node);
          nameTemporary(temporary, packet.sender());
          gone.put(packet.sender(), temporary);
        }
        sender.send(temporary, packet, place.address());
      }
    }
    for (Argument temporary : gone.values()) {
      program.close(temporary);
    }
    node.sent();
  }

  /** Lets a receiver see the name of a sender that is gone; nobody can find it by that name. */
  private void nameTemporary(Argument socket, UnixName name) {
    if (name.isPath()) {
      UnixSkEntry like =
          UnixSkEntry.newBuilder()
              .setName(ByteString.copyFrom(name.bytes()))
              .setDeleted(true)
              .buildPartial();
      UnixPlace place = new UnixPlace(like, program, cluster.planner());
      place.enter();
      place.bind(socket);
      place.leave();
      place.finish();
    } else if (!name.isUnbound()) {
      byte[] address = name.address();
      program
          .program()
          .call(
              Expect.successOr(Errno.EADDRINUSE.number()), // somebody else has the name by now
              SyscallNumber.BIND,
              socket,
              Argument.channel(program.plan().data(address)),
              Argument.of(address.length));
    }
  }

  private Argument temporary(QueueSender sender, Node node) {
    Argument socket = program.open(AF_UNIX, SOCK_DGRAM, 0);
    sender.enlarge(socket, node.packets);
    return socket;
  }

  private @Nullable Node named(UnixName name) {
    if (!name.isUnbound()) {
      for (Node node : cluster.nodes()) {
        if (UnixCluster.isDatagram(node) && node.name.equals(name)) {
          return node;
        }
      }
    }
    return null;
  }
}

package org.stasis.engine.unix;

import static org.stasis.linux.socket.SocketOption.AF_UNIX;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.sockets.SocketOptions;
import org.stasis.engine.sockets.SocketProgram;
import org.stasis.linux.agent.Argument;

/**
 * Plans stream and seqpacket sockets that listen or are connected.
 *
 * <p>Two connected sockets without names are a socketpair(2). A socket that accept(2) has made has
 * the name of the listener it came from, so one with a name is accepted from a listener of that
 * name: the one of the images, or one that is only there for that. The listener's backlog, and
 * clients that wait to be accepted, come last.
 */
final class ConnectedSockets {
  private static final int ROOM_FOR_ALL = 1 << 16; // the kernel lowers it to what it allows

  private final UnixCluster cluster;
  private final SocketProgram program;
  private final Map<String, Server> servers = new LinkedHashMap<>();

  /** All that has to do with one name. */
  private static final class Server {
    final Node named;
    @Nullable Node listener;
    final List<Node> accepted = new ArrayList<>();
    final List<Node> waiting = new ArrayList<>();

    Server(Node named) {
      this.named = named;
    }
  }

  ConnectedSockets(UnixCluster cluster) {
    this.cluster = cluster;
    this.program = cluster.program();
  }

  void plan() {
    sort();
    List<Server> order = new ArrayList<>(servers.values());
    // names of deleted files first: they are free again afterwards
    order.sort(Comparator.comparing(server -> !server.named.entry.getDeleted()));
    for (Server server : order) {
      plan(server);
    }
  }

  private void sort() {
    List<Node> connected = new ArrayList<>();
    for (Node node : cluster.nodes()) {
      if (node.entry.getState() == UnixCapture.LISTEN) {
        server(node).listener = node;
      } else if (UnixSockets.isConnected(node.entry)) {
        connected.add(node);
      }
    }
    for (Node node : connected) {
      Node other = cluster.node(node.entry.getPeer());
      if (node.peer != null) {
        sortPair(node, node.peer);
      } else if (other != null && other.entry.getState() == UnixCapture.LISTEN) {
        server(other).waiting.add(node);
      } else if (node.entry.getPeer() == 0) {
        sortLeftAlone(node);
      }
    }
  }

  private void sortPair(Node node, Node peer) {
    if (node.isMade() || node.entry.getIno() > peer.entry.getIno()) {
      return; // dealt with from the other side
    }
    if (node.name.isUnbound() && peer.name.isUnbound()) {
      cluster.openPair(node, peer);
    } else if (accepted(node, peer)) {
      server(node).accepted.add(node);
    } else {
      server(peer).accepted.add(peer);
    }
  }

  /** Which of two connected sockets, one of them named, was the one that accept(2) made. */
  private boolean accepted(Node node, Node peer) {
    if (node.name.isUnbound() || peer.name.isUnbound()) {
      return peer.name.isUnbound();
    }
    return servers.containsKey(key(node)) || !servers.containsKey(key(peer));
  }

  /** One whose peer is closed: the peer is made to send what is left in the queue, and goes. */
  private void sortLeftAlone(Node node) {
    if (!node.name.isUnbound()) {
      server(node).accepted.add(node);
      return;
    }
    program.why("making " + node, "");
    SocketProgram.Pair pair = program.pair(node.entry.getType());
    node.made(pair.one());
    node.temporarySender = pair.other();
    SocketOptions.planEarly(node.entry.getOpts(), pair.one(), program);
  }

  private Server server(Node node) {
    return servers.computeIfAbsent(key(node), _ -> new Server(node));
  }

  private static String key(Node node) {
    return node.entry.getDeleted() + " " + node.entry.getNameDir() + ' ' + node.name;
  }

  private void plan(Server server) {
    Node listener = server.listener;
    List<Argument> clients = new ArrayList<>();
    for (Node node : server.accepted) {
      clients.add(client(node));
    }
    for (Node node : server.waiting) {
      openClient(node);
    }
    Argument listening = open(server);
    UnixPlace place = cluster.place(listener == null ? server.named : listener);
    place.bind(listening);
    program.listen(listening, ROOM_FOR_ALL);
    for (int i = 0; i < clients.size(); i++) {
      Node node = server.accepted.get(i);
      program.why("connecting " + node + " and its peer", "");
      program.connect(clients.get(i), place.address());
      node.made(program.accept(listening));
      SocketOptions.planEarly(node.entry.getOpts(), node.fd(), program);
    }
    for (Node node : server.waiting) {
      program.why("connecting " + node + " to " + server.named, "");
      program.connect(node.fd(), place.address());
    }
    if (listener == null) {
      program.close(listening);
    } else {
      program.listen(listening, listener.entry.getBacklog());
    }
    place.leave();
    place.finish();
  }

  private Argument open(Server server) {
    if (server.listener != null) {
      cluster.open(server.listener);
      return server.listener.fd();
    }
    program.why("making a listener for " + server.named, "");
    return program.open(AF_UNIX, server.named.entry.getType(), 0);
  }

  private Argument client(Node accepted) {
    Node peer = accepted.peer;
    if (peer == null) {
      program.why("making a client for " + accepted, "");
      Argument client = program.open(AF_UNIX, accepted.entry.getType(), 0);
      accepted.temporarySender = client;
      return client;
    }
    openClient(peer);
    return peer.fd();
  }

  private void openClient(Node client) {
    cluster.open(client);
    if (!client.name.isUnbound()) {
      cluster.bind(client);
    }
  }
}

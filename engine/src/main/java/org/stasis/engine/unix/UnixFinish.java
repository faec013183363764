package org.stasis.engine.unix;

import static org.stasis.linux.socket.SocketOption.SO_SNDBUF;
import static org.stasis.linux.socket.SocketOption.SO_SNDBUFFORCE;

import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Descriptions;
import org.stasis.engine.sockets.SocketOptions;
import org.stasis.engine.sockets.SocketProgram;
import org.stasis.images.proto.SkShutdown;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;

/** Plans what comes once sockets are made and connected: queues, shutdowns, remaining options. */
final class UnixFinish {
  private final UnixCluster cluster;
  private final SocketProgram program;

  UnixFinish(UnixCluster cluster, SocketProgram program) {
    this.cluster = cluster;
    this.program = program;
  }

  void plan() throws StasisException {
    for (Node node : cluster.nodes()) {
      fill(node);
    }
    for (Node node : cluster.nodes()) {
      SkShutdown shutdown = node.entry.getShutdown();
      if (shutdown != SkShutdown.NONE) {
        program.why("shutting down " + node, "");
        program.shutdown(node.fd(), shutdown.getNumber() - 1, Expect.SUCCESS);
      }
    }
    for (Node node : cluster.nodes()) {
      program.why("setting options of " + node, "");
      if (node.enlarged) {
        int before = node.entry.getOpts().getSoSndbuf();
        SocketOptions.planBuffer(before, node.fd(), SO_SNDBUF, SO_SNDBUFFORCE, program);
      }
      SocketOptions.planLate(node.entry.getOpts(), node.fd(), program);
      Descriptions.setFlags(program.program(), node.fd(), node.entry.getFlags(), 0);
    }
  }

  private void fill(Node node) throws StasisException {
    Argument sender = sender(node);
    if (!node.packets.isEmpty()) {
      if (sender == null) {
        throw cluster.failed(node, "nobody can send it what was in its queue", "");
      }
      program.why("filling the queue of " + node, QueueSender.REMEDY);
      QueueSender queue = new QueueSender(program, cluster.planner());
      queue.enlarge(sender, node.packets);
      for (QueueImage.Packet packet : node.packets) {
        queue.send(sender, packet);
      }
      if (node.temporarySender == null && node.peer != null) {
        node.peer.enlarged = true;
      }
    }
    if (node.temporarySender != null) {
      program.why("closing the peer of " + node, "");
      program.close(node.temporarySender);
      node.temporarySender = null;
    }
  }

  private static @Nullable Argument sender(Node node) {
    if (node.temporarySender != null) {
      return node.temporarySender;
    }
    return node.peer == null ? null : node.peer.fd();
  }
}

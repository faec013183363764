package org.stasis.engine.unix;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.images.proto.UnixSkEntry;
import org.stasis.linux.agent.Argument;

/** A socket while it is being planned. */
final class Node {
  final UnixSkEntry entry;
  final UnixName name;

  /** What was in its queue and has yet to be sent to it. */
  List<QueueImage.Packet> packets;

  /** Its peer, when that is planned here too and each is the other's. */
  @Nullable Node peer;

  /** A socket connected to it that is only there to send to it, and goes then. */
  @Nullable Argument temporarySender;

  /** Its send buffer is larger than it was, for the sake of somebody's queue. */
  boolean enlarged;

  private @Nullable Argument fd;

  Node(UnixSkEntry entry, List<QueueImage.Packet> packets) {
    this.entry = entry;
    this.name = UnixName.of(entry);
    this.packets = packets;
  }

  boolean isMade() {
    return fd != null;
  }

  void made(Argument descriptor) {
    fd = descriptor;
  }

  Argument fd() {
    Argument known = fd;
    if (known == null) {
      throw new IllegalStateException(this + " is not planned yet");
    }
    return known;
  }

  /** Whether it is a datagram socket whose peer is closed. CRIU says it by the state alone. */
  boolean isLeftByItsPeer() {
    boolean isLeft = entry.getPeer() == 0 && entry.getState() == UnixCapture.ESTABLISHED;
    return entry.getPeerGone() || (isLeft && name.isUnbound());
  }

  /** Its queue has been filled. */
  void sent() {
    packets = List.of();
  }

  /**
   * Whether its queue can only be filled when every file is open and every task exists: somebody's
   * descriptors or credentials are in it.
   */
  boolean isSentLater() {
    for (QueueImage.Packet packet : packets) {
      if (packet.hasAncillary()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public String toString() {
    return "Unix socket " + Integer.toUnsignedString(entry.getIno()) + " (" + name + ")";
  }
}

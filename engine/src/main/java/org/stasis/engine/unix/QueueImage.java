package org.stasis.engine.unix;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageReader;
import org.stasis.images.ImageSet;
import org.stasis.images.ImageSetWriter;
import org.stasis.images.ImageWriter;
import org.stasis.images.proto.ScmEntry;
import org.stasis.images.proto.SkPacketEntry;
import org.stasis.linux.socket.SocketOption;

/** Packets in the queues of sockets, sk-queues.img. */
final class QueueImage {
  private static final int LIMIT_BYTES = 1 << 30;

  private final List<Packet> packets = new ArrayList<>();

  /**
   * A packet, or a part of a stream.
   *
   * @param entry whose queue it is in, what comes with it
   * @param data its bytes
   */
  record Packet(SkPacketEntry entry, byte[] data) {
    /** Files on their way with it, in order. */
    List<Integer> rights() {
      List<Integer> rights = new ArrayList<>();
      for (ScmEntry scm : entry.getScmList()) {
        if (scm.getType() == SocketOption.SCM_RIGHTS) {
          rights.addAll(scm.getRightsList());
        }
      }
      return rights;
    }

    /** Whether descriptors or credentials come with it. */
    boolean hasAncillary() {
      return entry.getScmCount() > 0 || entry.hasSender();
    }

    UnixName sender() {
      return UnixName.of(entry.getSenderName());
    }
  }

  /** Adds a packet behind those of the same queue. */
  void add(SkPacketEntry entry, byte[] data) {
    packets.add(new Packet(entry, data));
  }

  boolean isEmpty() {
    return packets.isEmpty();
  }

  /**
   * Writes them all.
   *
   * @param images the set being written
   * @throws IOException when they cannot be written
   */
  void write(ImageSetWriter images) throws IOException {
    try (ImageWriter writer = images.open(ImageKind.SK_QUEUES)) {
      for (Packet packet : packets) {
        writer.write(packet.entry);
        writer.writePayload(packet.data);
      }
    }
  }

  /**
   * Reads them all.
   *
   * @param images the set
   * @return by the id of the file whose queue they are in, in order
   * @throws IOException when the image is damaged
   */
  static Map<Integer, List<Packet>> read(ImageSet images) throws IOException {
    Map<Integer, List<Packet>> queues = new HashMap<>();
    try (@Nullable ImageReader reader = images.open(ImageKind.SK_QUEUES)) {
      if (reader == null) {
        return queues;
      }
      for (SkPacketEntry entry = reader.next(SkPacketEntry.parser());
          entry != null;
          entry = reader.next(SkPacketEntry.parser())) {
        byte[] data = reader.payloadBytes(LIMIT_BYTES);
        queues
            .computeIfAbsent(entry.getIdFor(), _ -> new ArrayList<>())
            .add(new Packet(entry, data));
      }
    }
    return queues;
  }
}

package org.stasis.images;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Images of any kind with made-up entries, and with the payloads these call for. */
public final class ArbitraryImage {
  /** A message with what follows it. */
  public record Piece(Message message, byte[] payload, List<Piece> records) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Piece that
          && message.equals(that.message)
          && java.util.Arrays.equals(payload, that.payload)
          && records.equals(that.records);
    }

    @Override
    public int hashCode() {
      return message.hashCode();
    }
  }

  private final ImageKind kind;
  private final Random random;
  private final ArbitraryMessage messages;

  public ArbitraryImage(ImageKind kind, long seed) {
    this.kind = kind;
    this.random = new Random(seed);
    this.messages = new ArbitraryMessage(random);
  }

  public static boolean hasEntries(ImageKind kind) {
    return !kind.isRaw() && kind.cardinality() != ImageKind.Cardinality.OBSOLETE;
  }

  public List<Piece> pieces(int count) {
    List<Piece> pieces = new ArrayList<>();
    for (int i = 0; i < count; i++) pieces.add(piece(kind.prototype(i)));
    return pieces;
  }

  private Piece piece(Message prototype) {
    Message message = withShortPayload(messages.like(prototype));
    return switch (kind.hasPayload() ? Payload.of(message) : Payload.NONE) {
      case Payload.None _ -> new Piece(message, new byte[0], List.of());
      case Payload.Bytes bytes ->
          new Piece(message, messages.bytes((int) bytes.lengthBytes()), List.of());
      case Payload.Rest _ -> new Piece(message, messages.bytes(random.nextInt(50)), List.of());
      case Payload.Records records -> {
        long count = records.count() == Payload.UNTIL_END ? random.nextInt(4) : records.count();
        List<Piece> pieces = new ArrayList<>();
        for (long i = 0; i < count; i++) pieces.add(piece(records.prototype()));
        yield new Piece(message, new byte[0], pieces);
      }
    };
  }

  /** The fields that say how much follows. */
  private Message withShortPayload(Message message) {
    Message.Builder builder = message.toBuilder();
    Descriptor type = message.getDescriptorForType();
    String[] fields =
        switch (type.getName()) {
          case "SkPacketEntry" -> new String[] {"length"};
          case "PipeDataEntry" -> new String[] {"bytes"};
          case "BpfmapDataEntry" -> new String[] {"keys_bytes", "values_bytes"};
          case "TcpStreamEntry" -> new String[] {"inq_len", "outq_len"};
          case "IpcSemEntry" -> new String[] {"nsems"};
          case "IpcShmEntry" -> new String[] {"size"};
          case "IpcMsgEntry" -> new String[] {"qnum"};
          case "IpcMsg" -> new String[] {"msize"};
          case "GhostChunkEntry" -> new String[] {"len"};
          default -> new String[0];
        };
    for (String name : fields) {
      FieldDescriptor field = type.findFieldByName(name);
      int length = random.nextInt(name.equals("qnum") ? 4 : 20);
      builder.setField(
          field,
          field.getJavaType() == FieldDescriptor.JavaType.LONG ? (Object) (long) length : length);
    }
    if (type.getName().equals("GhostFileEntry")) {
      int format = random.nextInt(4) == 0 ? 0x2000 : Payload.S_IFREG;
      builder.setField(type.findFieldByName("mode"), format | 0x1a4);
    }
    return builder.build();
  }

  public byte[] write(List<Piece> pieces, ImageVersion version) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageWriter writer = new ImageWriter(Channels.newChannel(bytes), "test", kind, version)) {
      writer.start();
      for (Piece piece : pieces) {
        writer.write(piece.message());
        writer.writePayload(piece.payload());
        for (Piece record : piece.records()) {
          writer.writeRecord(record.message());
          writer.writePayload(record.payload());
        }
      }
    }
    return bytes.toByteArray();
  }

  /** All that is in an image, up to its end. */
  static List<Piece> read(ImageReader reader) throws IOException {
    List<Piece> pieces = new ArrayList<>();
    for (Message entry = reader.next(); entry != null; entry = reader.next()) {
      Payload payload = reader.payload();
      List<Piece> records = new ArrayList<>();
      if (payload instanceof Payload.Records following) {
        var parser = following.prototype().getParserForType();
        for (Message record = reader.nextRecord(parser);
            record != null;
            record = reader.nextRecord(parser)) {
          records.add(new Piece(record, payload(reader), List.of()));
        }
      }
      pieces.add(new Piece(entry, payload(reader), records));
    }
    return pieces;
  }

  private static byte[] payload(ImageReader reader) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    reader.transferPayload(Channels.newChannel(bytes));
    return bytes.toByteArray();
  }
}

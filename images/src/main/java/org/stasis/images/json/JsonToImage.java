package org.stasis.images.json;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.images.ImageException;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageKind.Cardinality;
import org.stasis.images.ImageVersion;
import org.stasis.images.ImageWriter;
import org.stasis.images.Payload;
import org.stasis.images.proto.GhostChunkEntry;
import org.stasis.images.proto.IpcMsg;
import tools.jackson.core.Base64Variants;
import tools.jackson.core.JsonToken;

/** A JSON object as a whole image, entry by entry. */
final class JsonToImage {
  /**
   * A message, its bytes, and what follows it.
   *
   * @param records for a message queue: each with its place in the extra bytes
   */
  private record Entry(
      Message message, byte[] wire, List<Entry> records, long offset, long length) {}

  private final JsonInput json;
  private final JsonToMessage messages;
  private final String name;

  JsonToImage(JsonInput json, String name) {
    this.json = json;
    this.messages = new JsonToMessage(json);
    this.name = name;
  }

  void write(WritableByteChannel to) throws IOException {
    json.next("an image");
    json.require(JsonToken.START_OBJECT, "an object with \"magic\" and \"entries\"");
    ImageKind kind = null;
    ImageVersion version = ImageVersion.V1_1;
    boolean written = false;
    while (json.next("\"entries\"") != JsonToken.END_OBJECT) {
      String property = json.parser().currentName();
      json.next("the value of " + property);
      switch (property) {
        case "magic" -> kind = kind();
        case "header" -> version = version();
        case "entries" -> {
          if (kind == null) throw json.wrong("\"entries\"", "\"magic\" before them");
          try (ImageWriter image = new ImageWriter(to, name, kind, version)) {
            image.start();
            entries(kind, image);
          }
          written = true;
        }
        default -> throw json.wrong("\"" + property + "\"", "\"magic\", \"header\" or \"entries\"");
      }
    }
    if (!written) throw json.wrong("the end", "\"entries\"");
  }

  private ImageKind kind() throws ImageException {
    String magic = json.string("the name of a kind of image");
    for (ImageKind kind : ImageKind.values()) {
      boolean readable = !kind.isRaw() && kind.cardinality() != Cardinality.OBSOLETE;
      if (readable && ImageToJson.magic(kind).equals(magic)) return kind;
    }
    throw json.wrong("the name of a kind of image with entries");
  }

  private ImageVersion version() throws ImageException {
    if (json.string("\"v1\"").equals("v1")) return ImageVersion.V1;
    throw json.wrong("\"v1\"");
  }

  private void entries(ImageKind kind, ImageWriter image) throws IOException {
    json.require(JsonToken.START_ARRAY, "an array of entries");
    for (long index = 0; json.next("an entry") != JsonToken.END_ARRAY; index++) {
      boolean chunk = kind == ImageKind.GHOST_FILE && index > 0;
      if (index > 0 && kind.cardinality() == Cardinality.SINGLE && !chunk) {
        throw json.wrong("a second entry", "the one of " + kind);
      }
      Message prototype = chunk ? GhostChunkEntry.getDefaultInstance() : kind.prototype(index);
      try (Spool extra = new Spool()) {
        entry(prototype, extra, image, chunk);
      } catch (IllegalStateException e) { // chunks of a ghost file that has none
        throw json.wrong("an entry out of place", e.getMessage());
      }
    }
  }

  private void entry(Message prototype, Spool extra, ImageWriter image, boolean asRecord)
      throws IOException {
    json.require(JsonToken.START_OBJECT, "an entry");
    UnknownFieldSet.Builder fields = UnknownFieldSet.newBuilder();
    List<Entry> records = new ArrayList<>();
    byte[] wire = null;
    byte[] padding = null;
    while (json.next("a field") != JsonToken.END_OBJECT) {
      String property = json.parser().currentName();
      switch (property) {
        case "extra" -> extra(prototype, extra, records);
        case "@wire" -> wire = base64();
        case "@padding" -> padding = base64();
        default -> messages.field(prototype.getDescriptorForType(), property, fields);
      }
    }
    Entry entry = entry(prototype, fields, wire, records, 0, extra.sizeBytes());
    check(entry);
    if (asRecord) {
      image.writeRecord(entry.message(), entry.wire());
    } else {
      image.write(entry.message(), entry.wire());
    }
    if (records.isEmpty()) extra.writeTo(image, 0, extra.sizeBytes());
    for (Entry record : records) {
      check(record);
      image.writeRecord(record.message(), record.wire());
      extra.writeTo(image, record.offset(), record.length());
    }
    if (padding != null) padding(entry, padding, image);
  }

  private void padding(Entry entry, byte[] padding, ImageWriter image) throws IOException {
    if (Payload.of(entry.message()) instanceof Payload.Bytes bytes
        && bytes.paddingBytes() == padding.length) {
      image.writePadding(padding);
    } else {
      throw json.wrong("a padding of " + padding.length + " bytes", "what pads the payload");
    }
  }

  private byte[] base64() throws ImageException {
    json.next("base64");
    try {
      return Base64Text.decode(json.string("base64"));
    } catch (IllegalArgumentException e) {
      throw json.wrong("base64: " + e.getMessage());
    }
  }

  private Entry entry(
      Message prototype,
      UnknownFieldSet.Builder fields,
      byte @Nullable [] wire,
      List<Entry> records,
      long offset,
      long length)
      throws IOException {
    Descriptor type = prototype.getDescriptorForType();
    ByteString usual = fields.build().toByteString();
    if (wire == null) wire = usual.toByteArray();
    Message message = parse(prototype, wire);
    if (!FieldValues.usual(type, ByteString.copyFrom(wire)).equals(usual)) {
      throw json.wrong(
          "an entry whose fields are not those of its \"@wire\"",
          "the same, or no \"@wire\" to go by the fields alone");
    }
    return new Entry(message, wire, records, offset, length);
  }

  private Message parse(Message prototype, byte[] bytes) throws ImageException {
    try {
      return prototype.getParserForType().parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      String type = prototype.getDescriptorForType().getName();
      throw json.wrong("an entry that is no " + type, e.getMessage());
    }
  }

  private void extra(Message prototype, Spool extra, List<Entry> records) throws IOException {
    json.next("extra");
    switch (prototype.getDescriptorForType().getName()) {
      case "IpcSemEntry" -> semaphores(extra);
      case "IpcMsgEntry" -> queue(extra, records);
      case "TcpStreamEntry" -> queues(extra);
      default -> text(extra);
    }
  }

  /** Straight from the JSON, without holding it. */
  private void text(Spool extra) throws IOException {
    json.require(JsonToken.VALUE_STRING, "base64");
    json.parser().readBinaryValue(Base64Variants.MIME, extra);
  }

  private void semaphores(Spool extra) throws IOException {
    json.require(JsonToken.START_ARRAY, "an array of semaphore values");
    while (json.next("a semaphore value") != JsonToken.END_ARRAY) {
      json.require(JsonToken.VALUE_NUMBER_INT, "a semaphore value");
      int value = json.parser().getIntValue();
      if (value < 0 || value > 0xffff) throw json.wrong("a semaphore value of 16 bits");
      extra.write(value);
      extra.write(value >>> 8);
    }
  }

  private void queues(Spool extra) throws IOException {
    json.require(JsonToken.START_OBJECT, "an object with \"inq\" and \"outq\"");
    try (Spool outq = new Spool()) {
      while (json.next("\"inq\" or \"outq\"") != JsonToken.END_OBJECT) {
        boolean in = json.parser().currentName().equals("inq");
        if (!in && !json.parser().currentName().equals("outq"))
          throw json.wrong("\"inq\" or \"outq\"");
        json.next("base64");
        text(in ? extra : outq);
      }
      outq.copyTo(extra);
    }
  }

  private void queue(Spool extra, List<Entry> records) throws IOException {
    json.require(JsonToken.START_ARRAY, "an array of messages, each followed by its text");
    while (json.next("a message") != JsonToken.END_ARRAY) {
      json.require(JsonToken.START_OBJECT, "a message");
      UnknownFieldSet.Builder fields = UnknownFieldSet.newBuilder();
      byte[] wire = null;
      while (json.next("a field") != JsonToken.END_OBJECT) {
        String property = json.parser().currentName();
        if (property.equals("@wire")) wire = base64();
        else messages.field(IpcMsg.getDescriptor(), property, fields);
      }
      long offset = extra.sizeBytes();
      json.next("the text of the message");
      text(extra);
      long length = extra.sizeBytes() - offset;
      records.add(entry(IpcMsg.getDefaultInstance(), fields, wire, List.of(), offset, length));
    }
  }

  /** What follows an entry must be as much as its fields say. */
  private void check(Entry entry) throws ImageException {
    Payload payload = Payload.of(entry.message());
    long found = entry.records().isEmpty() ? entry.length() : entry.records().size();
    long expected =
        switch (payload) {
          case Payload.Bytes bytes -> bytes.lengthBytes();
          case Payload.Records records -> Math.max(records.count(), 0);
          case Payload.Rest _ -> found;
          case Payload.None _ -> 0;
        };
    if (found != expected) {
      throw json.wrong("an extra of " + found, expected + ", as the fields of the entry say");
    }
  }
}

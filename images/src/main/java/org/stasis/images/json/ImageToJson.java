package org.stasis.images.json;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Message;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import org.stasis.images.ImageException;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageKind.Cardinality;
import org.stasis.images.ImageReader;
import org.stasis.images.ImageVersion;
import org.stasis.images.Payload;
import org.stasis.images.proto.GhostChunkEntry;
import org.stasis.images.proto.IpcMsg;
import org.stasis.images.proto.IpcSemEntry;
import org.stasis.images.proto.TcpStreamEntry;
import tools.jackson.core.JsonGenerator;

/** A whole image as a JSON object, entry by entry. */
final class ImageToJson {
  private static final WritableByteChannel NOWHERE =
      Channels.newChannel(OutputStream.nullOutputStream());

  private final ImageReader image;
  private final JsonGenerator json;
  private final MessageToJson messages;
  private final boolean payloads;

  ImageToJson(ImageReader image, JsonGenerator json, boolean pretty, boolean payloads) {
    this.image = image;
    this.json = json;
    this.messages = new MessageToJson(json, pretty);
    this.payloads = payloads;
    image.keepMessageBytes();
  }

  void write() throws IOException {
    json.writeStartObject();
    json.writeStringProperty("magic", magic(image.kind()));
    if (image.version() == ImageVersion.V1) json.writeStringProperty("header", "v1");
    json.writeName("entries").writeStartArray();
    for (Message entry = image.next(); entry != null; entry = image.next()) {
      json.writeStartObject();
      fields(entry);
      extra(entry);
      json.writeEndObject();
      if (image.kind().cardinality() == Cardinality.SINGLE) {
        if (image.kind() == ImageKind.GHOST_FILE) chunks();
        image.requireEnd();
      }
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  /** Of kinds that share a magic number, the name of the first. */
  static String magic(ImageKind kind) {
    ImageKind first = ImageKind.ofMagic(kind.magic());
    return first == null ? kind.name() : first.name();
  }

  private void fields(Message message) throws IOException {
    Descriptor type = message.getDescriptorForType();
    ByteString bytes = ByteString.copyFrom(image.messageBytes());
    messages.fields(type, bytes);
    boolean isUsual = FieldValues.usual(type, bytes).equals(bytes);
    if (!isUsual) json.writeStringProperty("@wire", Base64Text.encode(bytes.toByteArray()));
  }

  private void extra(Message entry) throws IOException {
    if (!image.kind().hasPayload()) return;
    if (image.kind() == ImageKind.IPCNS_MSG) {
      queue();
    } else if (!(image.payload() instanceof Payload.Records)) { // else chunks, which are entries
      json.writeName("extra");
      payload(entry);
      padding();
    }
  }

  private void payload(Message message) throws IOException {
    if (!payloads) {
      json.writeString(omitted(image.transferPayload(NOWHERE)));
      return;
    }
    InputStream bytes = image.payloadStream();
    if (message instanceof TcpStreamEntry tcp) {
      json.writeStartObject();
      json.writeName("inq");
      text(new Part(bytes, Integer.toUnsignedLong(tcp.getInqLen())));
      json.writeName("outq");
      text(bytes);
      json.writeEndObject();
    } else if (message instanceof IpcSemEntry) {
      semaphores(bytes);
    } else {
      text(bytes);
    }
  }

  private static String omitted(long countBytes) {
    return "... <" + countBytes + " B>";
  }

  private void text(InputStream bytes) {
    json.writeString(new Base64Text.Encoding(bytes), -1);
  }

  private void semaphores(InputStream bytes) throws IOException {
    json.writeStartArray();
    for (int low = bytes.read(); low >= 0; low = bytes.read()) {
      json.writeNumber(low | bytes.read() << 8);
    }
    json.writeEndArray();
  }

  private void padding() throws IOException {
    byte[] padding = image.padding();
    for (byte b : padding) {
      if (b == 0) continue;
      json.writeStringProperty("@padding", Base64Text.encode(padding));
      return;
    }
  }

  /** Messages of a queue: an object for each, then its text. */
  private void queue() throws IOException {
    json.writeName("extra");
    if (!payloads) {
      long countBytes = 0;
      while (image.nextRecord(IpcMsg.parser()) != null) {
        countBytes += image.transferPayload(NOWHERE);
      }
      json.writeString(omitted(countBytes));
      return;
    }
    json.writeStartArray();
    for (IpcMsg message = image.nextRecord(IpcMsg.parser());
        message != null;
        message = image.nextRecord(IpcMsg.parser())) {
      json.writeStartObject();
      fields(message);
      json.writeEndObject();
      text(image.payloadStream());
      byte[] padding = image.padding();
      for (byte b : padding) {
        if (b == 0) continue;
        throw new ImageException(
            image.file(), image.offsetBytes(), "something after a message", "zeros that pad it");
      }
    }
    json.writeEndArray();
  }

  /** Pieces of a ghost file. */
  private void chunks() throws IOException {
    for (GhostChunkEntry chunk = image.nextRecord(GhostChunkEntry.parser());
        chunk != null;
        chunk = image.nextRecord(GhostChunkEntry.parser())) {
      json.writeStartObject();
      fields(chunk);
      json.writeName("extra");
      payload(chunk);
      json.writeEndObject();
    }
  }

  /** The first bytes of another stream, which stays open. */
  private static final class Part extends InputStream {
    private final InputStream whole;
    private long left;

    Part(InputStream whole, long lengthBytes) {
      this.whole = whole;
      this.left = lengthBytes;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (left == 0) return length == 0 ? 0 : -1;
      int count = whole.read(into, offset, (int) Math.min(length, left));
      if (count > 0) left -= count;
      return count;
    }
  }
}

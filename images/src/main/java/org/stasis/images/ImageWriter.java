package org.stasis.images;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.images.ImageKind.Cardinality;

/**
 * Writes one image file: the counterpart of {@link ImageReader}, which gives the form.
 *
 * <p>What goes into the file is held against its kind: the type and number of the entries, and that
 * every entry gets the payload it calls for, its padding added here. A file nothing was written to
 * is never made, for no file is how an empty array looks. For one thread.
 */
public final class ImageWriter implements Closeable {
  private static final int BUFFER_BYTES = 1 << 13;
  private static final Set<OpenOption> CREATE =
      Set.of(
          StandardOpenOption.WRITE,
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING);

  private final String name;
  private final @Nullable Path file; // to be made at the first byte
  private final ImageKind kind;
  private final ImageVersion version;
  private @Nullable WritableByteChannel channel;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int filled;
  private boolean started;
  private @Nullable Runnable onClose;
  private @Nullable WriteBehind behind;
  private long index;
  private long recordsLeft; // Payload.UNTIL_END for as many as come
  private @Nullable Message recordPrototype;
  private long payloadLeft; // UNBOUNDED for as much as comes
  private int padding;

  private static final long UNBOUNDED = -1;

  /**
   * A writer for a file that is made, or emptied, when the first entry comes.
   *
   * @throws IllegalArgumentException for a kind without entries
   */
  public ImageWriter(Path file, ImageKind kind, ImageVersion version) {
    this(null, file, file.toString(), kind, version);
  }

  /** A writer to a channel, which is then this writer's to close. */
  public ImageWriter(
      WritableByteChannel channel, String name, ImageKind kind, ImageVersion version) {
    this(channel, null, name, kind, version);
  }

  private ImageWriter(
      @Nullable WritableByteChannel channel,
      @Nullable Path file,
      String name,
      ImageKind kind,
      ImageVersion version) {
    if (kind.isRaw() || kind.cardinality() == Cardinality.OBSOLETE) {
      throw new IllegalArgumentException(kind + " has no entries");
    }
    this.channel = channel;
    this.file = file;
    this.name = name;
    this.kind = kind;
    this.version = version;
  }

  /** What kind of image this is. */
  public ImageKind kind() {
    return kind;
  }

  /** To be told once of the close. */
  ImageWriter onClose(Runnable listener) {
    onClose = listener;
    return this;
  }

  /** To hand a file that is small enough over in one piece, instead of making it here. */
  ImageWriter behind(WriteBehind writer) {
    behind = writer;
    return this;
  }

  /** Puts the header, where no entry did so yet: for files that exist even when empty. */
  public void start() throws IOException {
    if (started) return;
    started = true;
    byte[] header = ImageHeader.bytes(kind, version);
    put(header, 0, header.length);
  }

  /**
   * Appends an entry.
   *
   * @throws IllegalArgumentException when the kind has entries of another type
   * @throws IllegalStateException when the entry before lacks payload, or the kind takes but one
   */
  public void write(Message entry) throws IOException {
    write(entry, null);
  }

  /**
   * Appends an entry in a form other than the usual one.
   *
   * @param wire what {@code entry} was parsed from: fields in another order, or not known to us.
   *     Null for the usual form
   */
  public void write(Message entry, byte @Nullable [] wire) throws IOException {
    finishEntry();
    if (kind.cardinality() == Cardinality.SINGLE && index > 0) {
      throw new IllegalStateException(name + " takes one entry");
    }
    requireType(entry, kind.prototype(index));
    start();
    message(entry, wire);
    index++;
    if (kind.hasPayload()) expect(Payload.of(entry));
  }

  /**
   * Appends a record to the last entry, where its payload is {@link Payload.Records}.
   *
   * @throws IllegalStateException when the entry takes no more, or the record before lacks payload
   */
  public void writeRecord(Message record) throws IOException {
    writeRecord(record, null);
  }

  /** Appends a record in a form other than the usual one, as {@link #write(Message, byte[])}. */
  public void writeRecord(Message record, byte @Nullable [] wire) throws IOException {
    finishPayload();
    if (recordPrototype == null || recordsLeft == 0) {
      throw new IllegalStateException(name + ": entry " + (index - 1) + " takes no more records");
    }
    requireType(record, recordPrototype);
    message(record, wire);
    if (recordsLeft > 0) recordsLeft--;
    expect(Payload.of(record));
  }

  private void expect(Payload payload) {
    switch (payload) {
      case Payload.Bytes bytes -> {
        if (bytes.lengthBytes() < 0)
          throw new IllegalArgumentException(name + ": payload too long");
        payloadLeft = bytes.lengthBytes();
        padding = bytes.paddingBytes();
      }
      case Payload.Records records -> {
        recordsLeft = records.count();
        recordPrototype = records.prototype();
      }
      case Payload.Rest _ -> payloadLeft = UNBOUNDED;
      case Payload.None _ -> {}
    }
  }

  private static void requireType(Message message, Message prototype) {
    if (message.getClass() != prototype.getClass()) {
      throw new IllegalArgumentException(
          "a "
              + message.getClass().getSimpleName()
              + " where a "
              + prototype.getClass().getSimpleName()
              + " belongs");
    }
  }

  private void message(Message message, byte @Nullable [] wire) throws IOException {
    int size = wire != null ? wire.length : message.getSerializedSize();
    if (buffer.length - filled < Integer.BYTES) flush();
    ImageHeader.put(buffer, filled, size);
    filled += Integer.BYTES;
    if (wire != null) {
      put(wire, 0, size);
      return;
    }
    if (size > buffer.length - filled) flush();
    if (size <= buffer.length) {
      message.writeTo(CodedOutputStream.newInstance(buffer, filled, size));
      filled += size;
    } else {
      message.writeTo(new Bytes());
    }
  }

  /**
   * Appends bytes to the payload of the last entry or record.
   *
   * @throws IllegalStateException when it takes no so many
   */
  public void writePayload(ByteBuffer bytes) throws IOException {
    claim(bytes.remaining());
    if (bytes.remaining() <= buffer.length - filled) {
      int count = bytes.remaining();
      bytes.get(buffer, filled, count);
      filled += count;
      return;
    }
    flush();
    while (bytes.hasRemaining()) open().write(bytes);
  }

  /** As the other one, from an array. */
  public void writePayload(byte[] bytes) throws IOException {
    writePayload(ByteBuffer.wrap(bytes));
  }

  /**
   * Pads the payload of the last entry or record with something else than zeros.
   *
   * @param bytes as many as pad it
   */
  public void writePadding(byte[] bytes) throws IOException {
    if (payloadLeft != 0 || bytes.length != padding) {
      throw new IllegalStateException(name + ": " + padding + " bytes pad a whole payload");
    }
    padding = 0;
    put(bytes, 0, bytes.length);
  }

  /**
   * Appends a piece of another file to the payload of the last entry or record; the kernel copies
   * it where it can.
   *
   * @throws ImageException when the other file ends too early
   */
  public void writePayload(FileChannel from, long positionBytes, long lengthBytes)
      throws IOException {
    claim(lengthBytes);
    flush();
    long done = 0;
    while (done < lengthBytes) {
      long count = from.transferTo(positionBytes + done, lengthBytes - done, open());
      if (count <= 0) {
        if (payloadLeft != UNBOUNDED) payloadLeft += lengthBytes - done;
        throw new ImageException(
            name,
            -1,
            "the end of the copied file at " + (positionBytes + done),
            (lengthBytes - done) + " bytes more");
      }
      done += count;
    }
  }

  private void claim(long lengthBytes) {
    if (payloadLeft == UNBOUNDED) return;
    if (lengthBytes > payloadLeft) {
      throw new IllegalStateException(
          name + ": " + lengthBytes + " bytes of payload where " + payloadLeft + " belong");
    }
    payloadLeft -= lengthBytes;
  }

  private void finishPayload() throws IOException {
    if (payloadLeft > 0) {
      throw new IllegalStateException(name + ": " + payloadLeft + " bytes of payload are missing");
    }
    payloadLeft = 0;
    if (padding > 0) put(new byte[padding], 0, padding);
    padding = 0;
  }

  private void finishEntry() throws IOException {
    finishPayload();
    if (recordsLeft > 0) {
      throw new IllegalStateException(name + ": " + recordsLeft + " records are missing");
    }
    recordsLeft = 0;
    recordPrototype = null;
  }

  private void put(byte[] bytes, int offset, int length) throws IOException {
    if (length > buffer.length - filled) flush();
    if (length > buffer.length) {
      writeFully(ByteBuffer.wrap(bytes, offset, length));
      return;
    }
    System.arraycopy(bytes, offset, buffer, filled, length);
    filled += length;
  }

  private void flush() throws IOException {
    if (filled == 0) return;
    writeFully(ByteBuffer.wrap(buffer, 0, filled));
    filled = 0;
  }

  private void writeFully(ByteBuffer bytes) throws IOException {
    WritableByteChannel to = open();
    while (bytes.hasRemaining()) to.write(bytes);
  }

  private WritableByteChannel open() throws IOException {
    if (channel == null) channel = FileChannel.open(Objects.requireNonNull(file), CREATE);
    return channel;
  }

  /**
   * Ends the file.
   *
   * @throws IllegalStateException when an entry, record or payload is missing; the file is closed
   *     all the same
   */
  @Override
  public void close() throws IOException {
    try (Closeable _ = this::closeChannel) { // an error before the close keeps the close's own
      if (started) {
        finishEntry();
        end();
      }
    }
  }

  private void end() throws IOException {
    if (behind == null || channel != null || filled == 0) {
      flush();
    } else {
      behind.add(Objects.requireNonNull(file), Arrays.copyOf(buffer, filled));
      filled = 0;
    }
  }

  private void closeChannel() throws IOException {
    if (onClose != null) onClose.run();
    onClose = null;
    if (channel != null) channel.close();
  }

  /** A large message on its way out, too large for the buffer. */
  private final class Bytes extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      put(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      put(bytes, offset, length);
    }
  }
}

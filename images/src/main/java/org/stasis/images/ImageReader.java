package org.stasis.images;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.images.ImageKind.Cardinality;

/**
 * The entries of one image file, one after the other.
 *
 * <p>A file is its header, then entries: a 32-bit little-endian length, a message of that many
 * bytes, and the {@link Payload} the message calls for. There is neither alignment nor a trailer:
 * the end of the file at the start of an entry ends it, anywhere else it is an error.
 *
 * <p>Memory goes to one message at a time; payloads are passed on in pieces. What a message costs
 * once parsed is bounded too, so no file can exhaust the heap.
 *
 * <p>For one thread. A payload that is not read is skipped when the next entry is asked for.
 */
public final class ImageReader implements Closeable {
  private static final long UNBOUNDED = -1;

  private final ByteInput input;
  private final ImageKind kind;
  private final ImageVersion version;
  private final boolean counting;
  private final long heapLimitBytes = MessageCost.heapLimitBytes();
  private long index;
  private long lastCostBytes;
  private Payload payload = Payload.NONE; // of the last message
  private long bytesLeft; // of that payload; UNBOUNDED up to the end of the file
  private int paddingLeft;
  private Payload.@Nullable Records records; // of the last entry, as long as some are left
  private long recordsLeft;
  private boolean keeping;
  private byte[] messageBytes = {};

  /** With no kind given, the magic number says it. */
  private ImageReader(
      ByteInput input, @Nullable ImageKind wanted, @Nullable ImageVersion wantedVersion)
      throws IOException {
    this.input = input;
    if (wanted != null && wanted.cardinality() == Cardinality.OBSOLETE) {
      throw new ImageException(input.file(), 0, "an image from before v1", "one of v1 or v1.1");
    }
    if (wanted != null && wanted.isRaw()) throw new IllegalArgumentException(wanted + " is raw");
    ImageHeader header = ImageHeader.read(input, wanted, wantedVersion);
    this.kind = header.kind();
    this.version = header.version();
    long size = input.sizeBytes();
    this.counting = size < 0 || size > heapLimitBytes / MessageCost.WORST_PER_BYTE;
  }

  /**
   * Opens a file of a set.
   *
   * @param version what the inventory says; null to take either
   * @throws ImageException when it is no regular file, or its header is another
   * @throws java.nio.file.NoSuchFileException when there is none
   */
  public static ImageReader open(Path file, ImageKind kind, @Nullable ImageVersion version)
      throws IOException {
    return of(openRegular(file), file.toString(), kind, version);
  }

  /**
   * Opens a file for reading; what would block or have no end, like a fifo, is refused.
   *
   * @throws ImageException when it is no regular file
   */
  static FileChannel openRegular(Path file) throws IOException {
    if (!Files.isRegularFile(file) && Files.exists(file)) {
      throw new ImageException(file.toString(), -1, "no regular file", "an image");
    }
    return FileChannel.open(file, StandardOpenOption.READ);
  }

  /**
   * Reads an image from a channel, which is then this reader's to close.
   *
   * @param name of the file, for errors
   * @param kind null to let the magic number say it
   * @param version null to take either
   */
  public static ImageReader of(
      ReadableByteChannel channel,
      String name,
      @Nullable ImageKind kind,
      @Nullable ImageVersion version)
      throws IOException {
    try {
      return new ImageReader(new ByteInput(channel, name), kind, version);
    } catch (IOException | RuntimeException e) {
      try {
        channel.close();
      } catch (IOException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
  }

  /** What kind of image this is. */
  public ImageKind kind() {
    return kind;
  }

  /** The form its header has. An inventory looks the same in all. */
  public ImageVersion version() {
    return version;
  }

  /** Name of the file, for errors. */
  public String file() {
    return input.file();
  }

  /**
   * The next entry.
   *
   * @param parser of the type the kind says; for the first entry of a pagemap of its head's type
   * @return null at the end of the file
   * @throws ImageException when the file is cut short or the message does not parse
   */
  public <M extends Message> @Nullable M next(Parser<M> parser) throws IOException {
    Message prototype = kind.prototype(index);
    if (parser != prototype.getParserForType()) {
      throw new IllegalArgumentException(
          "entry " + index + " of " + kind + " is a " + prototype.getClass().getSimpleName());
    }
    return read(parser);
  }

  /** The next entry, whatever its type is; null at the end of the file. */
  public @Nullable Message next() throws IOException {
    return read(kind.prototype(index).getParserForType());
  }

  private <M extends Message> @Nullable M read(Parser<M> parser) throws IOException {
    skipPayload();
    if (input.atEnd()) return null;
    M entry = message(parser, kind.prototype(index));
    index++;
    begin(entry);
    return entry;
  }

  private void begin(Message entry) throws ImageException {
    expect(kind.hasPayload() ? Payload.of(entry) : Payload.NONE);
    if (payload instanceof Payload.Records following) {
      records = following;
      recordsLeft = following.count();
    }
  }

  private void expect(Payload following) throws ImageException {
    payload = following;
    bytesLeft = following instanceof Payload.Rest ? UNBOUNDED : 0;
    paddingLeft = 0;
    if (following instanceof Payload.Bytes bytes) {
      input.require(bytes.lengthBytes(), "payload");
      input.require(bytes.lengthBytes() + bytes.paddingBytes(), "payload with its padding");
      bytesLeft = bytes.lengthBytes();
      paddingLeft = bytes.paddingBytes();
    }
  }

  private <M extends Message> M message(Parser<M> parser, Message prototype) throws IOException {
    long start = input.offset();
    int length = input.word("length of an entry");
    String expected = "message " + prototype.getClass().getSimpleName();
    if (length < 0) {
      throw new ImageException(
          file(), start, "a length of " + Integer.toUnsignedString(length), "one below 2147483648");
    }
    input.require(length, expected);
    if (length > heapLimitBytes) throw tooLarge(start, length);
    try {
      if (input.window(length)) {
        byte[] buffer = input.buffer();
        int position = input.bufferPosition();
        count(prototype, buffer, position, length, start);
        if (keeping) messageBytes = Arrays.copyOfRange(buffer, position, position + length);
        M message = parser.parseFrom(buffer, position, length);
        input.take(length);
        return message;
      }
      byte[] bytes = input.bytes(length, expected);
      count(prototype, bytes, 0, length, start);
      if (keeping) messageBytes = bytes;
      return parser.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new ImageException(
          file(),
          start + Integer.BYTES,
          "bytes that don't parse (" + e.getMessage() + ")",
          expected,
          e);
    }
  }

  private void count(Message prototype, byte[] bytes, int offset, int length, long start)
      throws ImageException {
    if (!counting) return;
    lastCostBytes =
        MessageCost.of(prototype.getDescriptorForType(), bytes, offset, length, heapLimitBytes);
    if (lastCostBytes > heapLimitBytes) throw tooLarge(start, lastCostBytes);
  }

  private ImageException tooLarge(long start, long costBytes) {
    return new ImageException(
        file(),
        start,
        "an entry that takes " + costBytes + " bytes of memory or more",
        "at most " + heapLimitBytes + ", a quarter of this JVM's heap");
  }

  /**
   * The entries that are left, all at once.
   *
   * @throws ImageException also when together they would take more than a quarter of the heap
   */
  public <M extends Message> List<M> all(Parser<M> parser) throws IOException {
    List<M> entries = new ArrayList<>();
    long costBytes = 0;
    for (M entry = next(parser); entry != null; entry = next(parser)) {
      entries.add(entry);
      costBytes += lastCostBytes;
      if (costBytes > heapLimitBytes) throw tooLarge(input.offset(), costBytes);
    }
    return entries;
  }

  /**
   * The one entry of a file that has no more.
   *
   * @throws ImageException when there is none, or anything after it and its payload
   */
  public <M extends Message> M single(Parser<M> parser) throws IOException {
    M entry = next(parser);
    if (entry == null) {
      throw new ImageException(file(), input.offset(), "the end of the file", "one entry");
    }
    if (payload == Payload.NONE) requireEnd();
    return entry;
  }

  /** Throws unless everything was read. */
  public void requireEnd() throws IOException {
    skipPayload();
    if (!input.atEnd()) {
      throw new ImageException(file(), input.offset(), "more bytes", "the end of the file");
    }
  }

  /** Keeps the bytes of each message from now on: see {@link #messageBytes}. */
  public void keepMessageBytes() {
    keeping = true;
  }

  /** The last entry or record as it is in the file, for those who want it to the last bit. */
  public byte[] messageBytes() {
    return messageBytes;
  }

  /** What follows the last entry, or the last record. */
  public Payload payload() {
    return payload;
  }

  /** Where the next unread byte is in the file: of the payload right after its entry was read. */
  public long offsetBytes() {
    return input.offset();
  }

  /**
   * The next record of the entry, where its payload is {@link Payload.Records}.
   *
   * @return null when there are no more
   */
  public <M extends Message> @Nullable M nextRecord(Parser<M> parser) throws IOException {
    if (records == null) return null;
    Message prototype = records.prototype();
    if (parser != prototype.getParserForType()) {
      throw new IllegalArgumentException(
          "a record of " + kind + " is a " + prototype.getClass().getSimpleName());
    }
    skipBytes();
    payload = Payload.NONE;
    if (recordsLeft == 0 || (recordsLeft == Payload.UNTIL_END && input.atEnd())) {
      records = null;
      return null;
    }
    M record = message(parser, prototype);
    if (recordsLeft > 0) recordsLeft--;
    expect(Payload.of(record));
    return record;
  }

  /**
   * Passes the payload bytes of the last entry or record on.
   *
   * @return how many there were, less what was read before
   */
  public long transferPayload(WritableByteChannel to) throws IOException {
    long count = bytesLeft;
    if (count == UNBOUNDED) {
      count = input.transferRest(to);
    } else {
      input.transfer(count, to, "payload");
    }
    bytesLeft = 0;
    return count;
  }

  /**
   * The payload bytes of the last entry or record.
   *
   * @param limitBytes how many the caller is ready to hold
   * @throws ImageException when there are more
   */
  public byte[] payloadBytes(int limitBytes) throws IOException {
    long start = input.offset();
    byte[] result = payloadStream().readNBytes(limitBytes);
    if (bytesLeft > 0 || (bytesLeft == UNBOUNDED && !input.atEnd())) {
      String found = bytesLeft == UNBOUNDED ? "more" : (limitBytes + bytesLeft) + " bytes";
      throw new ImageException(
          file(), start, "a payload of " + found, "at most " + limitBytes + " bytes");
    }
    return result;
  }

  /** The payload bytes of the last entry or record, to be read before the next is asked for. */
  public InputStream payloadStream() {
    return new PayloadStream();
  }

  /** What pads the payload, once that is read: zeros, if written by the book. */
  public byte[] padding() throws IOException {
    if (bytesLeft != 0) throw new IllegalStateException("the payload is not read yet");
    byte[] padding = input.bytes(paddingLeft, "padding");
    paddingLeft = 0;
    return padding;
  }

  private void skipBytes() throws IOException {
    if (bytesLeft == UNBOUNDED) {
      input.transferRest(Sink.NOWHERE);
    } else {
      input.skip(bytesLeft + paddingLeft, "payload");
    }
    bytesLeft = 0;
    paddingLeft = 0;
  }

  private void skipPayload() throws IOException {
    while (records != null) nextRecord(records.prototype().getParserForType());
    skipBytes();
  }

  @Override
  public void close() throws IOException {
    input.close();
  }

  private final class PayloadStream extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (length == 0) return 0;
      if (bytesLeft == UNBOUNDED) {
        int count = input.read(into, offset, length);
        if (count < 0) bytesLeft = 0;
        return count;
      }
      if (bytesLeft == 0) return -1;
      int count = input.read(into, offset, (int) Math.min(length, bytesLeft));
      if (count < 0) input.bytes(1, "payload"); // says where it ends too early
      bytesLeft -= count;
      return count;
    }
  }
}

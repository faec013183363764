package org.stasis.images;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;

/**
 * Bytes of one image in their order, with the offset for errors. Lengths found in the data are held
 * against what is left of the file before anything is allocated for them; where the end is not
 * known, memory grows with the bytes that really come.
 */
final class ByteInput implements Closeable {
  private static final int BUFFER_BYTES = 1 << 16;

  private final ReadableByteChannel channel;
  private final String file;

  /** Bytes from where the reading began to the end of the file; -1 when only reading tells. */
  private final long sizeBytes;

  private final byte[] buffer;
  private int position;
  private int limit;
  private long bufferOffset; // of buffer[0] in the file

  ByteInput(ReadableByteChannel channel, String file) throws IOException {
    this.channel = channel;
    this.file = file;
    long size = -1;
    if (channel instanceof FileChannel regular) {
      size = regular.size() - regular.position();
      if (size <= 0) size = -1; // pipes and files of /proc say 0 too
    }
    this.sizeBytes = size;
    this.buffer = new byte[size < 0 || size > BUFFER_BYTES ? BUFFER_BYTES : (int) size];
  }

  String file() {
    return file;
  }

  long offset() {
    return bufferOffset + position;
  }

  /** Size of the whole file, or -1 when only reading tells. */
  long sizeBytes() {
    return sizeBytes;
  }

  boolean atEnd() throws IOException {
    return position == limit && !fill();
  }

  /** Reads more when all was taken; false at the end of the file. */
  private boolean fill() throws IOException {
    bufferOffset += limit;
    position = 0;
    limit = 0;
    int count = channel.read(ByteBuffer.wrap(buffer));
    if (count <= 0) return false;
    limit = count;
    return true;
  }

  /**
   * One 32-bit word.
   *
   * @param expected what it should be, for the error when the file ends before it does
   */
  int word(String expected) throws IOException {
    if (limit - position >= Integer.BYTES) {
      int p = position;
      position = p + Integer.BYTES;
      return littleEndian(buffer, p);
    }
    return littleEndian(bytes(Integer.BYTES, expected), 0);
  }

  private static int littleEndian(byte[] bytes, int at) {
    return (bytes[at] & 0xff)
        | (bytes[at + 1] & 0xff) << 8
        | (bytes[at + 2] & 0xff) << 16
        | (bytes[at + 3] & 0xff) << 24;
  }

  /** Throws unless the file can have this many bytes more. */
  void require(long lengthBytes, String expected) throws ImageException {
    if (lengthBytes < 0 || (sizeBytes >= 0 && lengthBytes > sizeBytes - offset())) {
      throw truncated(offset(), sizeBytes - offset(), lengthBytes, expected);
    }
  }

  /** Exactly so many bytes, in an array of their own. */
  byte[] bytes(int lengthBytes, String expected) throws IOException {
    require(lengthBytes, expected);
    long start = offset();
    byte[] result = new byte[sizeBytes >= 0 ? lengthBytes : Math.min(lengthBytes, BUFFER_BYTES)];
    int filled = 0;
    while (filled < lengthBytes) {
      if (atEnd()) throw truncated(start, filled, lengthBytes, expected);
      if (filled == result.length) {
        result = Arrays.copyOf(result, (int) Math.min(lengthBytes, result.length * 2L));
      }
      int count = Math.min(limit - position, result.length - filled);
      System.arraycopy(buffer, position, result, filled, count);
      position += count;
      filled += count;
    }
    return result;
  }

  /** Some bytes, as {@link java.io.InputStream#read(byte[], int, int)}. */
  int read(byte[] into, int offset, int length) throws IOException {
    if (atEnd()) return -1;
    int count = Math.min(length, limit - position);
    System.arraycopy(buffer, position, into, offset, count);
    position += count;
    return count;
  }

  /**
   * Makes the next bytes contiguous in {@link #buffer()}, where they fit; false where they do not.
   */
  boolean window(int lengthBytes) throws IOException {
    if (limit - position >= lengthBytes) return true;
    if (lengthBytes > buffer.length) return false;
    System.arraycopy(buffer, position, buffer, 0, limit - position);
    bufferOffset += position;
    limit -= position;
    position = 0;
    while (limit < lengthBytes) {
      int count = channel.read(ByteBuffer.wrap(buffer, limit, buffer.length - limit));
      if (count <= 0) return false;
      limit += count;
    }
    return true;
  }

  byte[] buffer() {
    return buffer;
  }

  int bufferPosition() {
    return position;
  }

  /** Takes bytes a {@link #window} showed. */
  void take(int lengthBytes) {
    position += lengthBytes;
  }

  /** Passes bytes on without holding them. */
  void transfer(long lengthBytes, WritableByteChannel to, String expected) throws IOException {
    require(lengthBytes, expected);
    long start = offset();
    long left = lengthBytes;
    while (left > 0) {
      if (atEnd()) throw truncated(start, lengthBytes - left, lengthBytes, expected);
      int count = (int) Math.min(left, limit - position);
      ByteBuffer piece = ByteBuffer.wrap(buffer, position, count);
      while (piece.hasRemaining()) to.write(piece);
      position += count;
      left -= count;
    }
  }

  /** Passes on whatever is left of the file. */
  long transferRest(WritableByteChannel to) throws IOException {
    long total = 0;
    while (!atEnd()) {
      int count = limit - position;
      transfer(count, to, "");
      total += count;
    }
    return total;
  }

  /** Leaves bytes unread; where the file can seek they are not even fetched. */
  void skip(long lengthBytes, String expected) throws IOException {
    require(lengthBytes, expected);
    long start = offset();
    long left = lengthBytes;
    while (left > 0) {
      int count = (int) Math.min(left, limit - position);
      position += count;
      left -= count;
      if (left == 0) return;
      if (sizeBytes >= 0 && channel instanceof FileChannel regular) {
        bufferOffset += limit + left;
        position = 0;
        limit = 0;
        regular.position(regular.position() + left);
        return;
      }
      if (!fill()) throw truncated(start, lengthBytes - left, lengthBytes, expected);
    }
  }

  private ImageException truncated(long offset, long found, long expectedBytes, String expected) {
    String wanted =
        expectedBytes < 0 ? Long.toUnsignedString(expectedBytes) : Long.toString(expectedBytes);
    return new ImageException(
        file,
        offset,
        "the end of the file after " + found + " bytes",
        wanted + " bytes of " + expected);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}

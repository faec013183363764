package org.stasis.images.json;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.stasis.images.ImageWriter;

/** Bytes kept until it is known what goes before them: a few in memory, many in a file. */
final class Spool extends OutputStream implements Closeable {
  private static final int MEMORY_BYTES = 1 << 20;

  private byte[] memory = new byte[1 << 10];
  private int filled;
  private long sizeBytes;
  private @Nullable FileChannel file;

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (filled + length > MEMORY_BYTES) spill();
    if (length > MEMORY_BYTES) {
      append(ByteBuffer.wrap(bytes, offset, length));
    } else {
      if (filled + length > memory.length) {
        memory = Arrays.copyOf(memory, Math.max(filled + length, memory.length * 2));
      }
      System.arraycopy(bytes, offset, memory, filled, length);
      filled += length;
    }
    sizeBytes += length;
  }

  private void spill() throws IOException {
    append(ByteBuffer.wrap(memory, 0, filled));
    filled = 0;
  }

  private void append(ByteBuffer bytes) throws IOException {
    if (file == null) {
      Path path = Files.createTempFile("stasis-", null);
      file =
          FileChannel.open(
              path,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
    }
    while (bytes.hasRemaining()) file.write(bytes);
  }

  long sizeBytes() {
    return sizeBytes;
  }

  /** Appends all bytes to another. */
  void copyTo(Spool other) throws IOException {
    if (file != null) {
      ByteBuffer piece = ByteBuffer.allocate(1 << 16);
      for (long at = 0; file.read(piece, at) > 0; at += piece.limit(), piece.clear()) {
        piece.flip();
        other.write(piece.array(), 0, piece.limit());
      }
    }
    other.write(memory, 0, filled);
  }

  /** Gives the bytes from {@code offset} on, so many of them, to an image as payload. */
  void writeTo(ImageWriter image, long offset, long lengthBytes) throws IOException {
    if (file == null) {
      image.writePayload(ByteBuffer.wrap(memory, (int) offset, (int) lengthBytes));
      return;
    }
    spill();
    image.writePayload(file, offset, lengthBytes);
  }

  @Override
  public void close() throws IOException {
    if (file != null) file.close();
  }
}

package org.stasis.shim.archive.tar;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar archive that is not trusted. As a stream it gives the data of the entry that was read
 * last, for a sparse file without the holes. An archive without the blocks that end it was cut off.
 */
public final class TarReader extends InputStream {
  private static final int HEADER_LIMIT = 2 << 20; // attributes of a file have 64 KiB each

  private final InputStream from;
  private final Map<String, byte[]> defaults = new HashMap<>();
  private final byte[] block = new byte[TarHeader.BLOCK];
  private long position;
  private long left; // of the data of the current entry
  private int padding;
  private boolean ended;

  /**
   * Begins to read.
   *
   * @param from the archive, uncompressed; stays open
   */
  public TarReader(InputStream from) {
    this.from = from;
  }

  /**
   * Reads the next header; data of the entry before that was not read is skipped.
   *
   * @return what it says; null at the end of the archive
   * @throws TarFormatException when it isn't one
   * @throws IOException when it cannot be read
   */
  public @Nullable TarEntry next() throws IOException {
    if (ended) {
      return null;
    }
    pass(left);
    left = 0;
    pass(padding);
    padding = 0;
    Map<String, byte[]> records = new HashMap<>(defaults);
    while (readBlock()) {
      long offset = position - TarHeader.BLOCK;
      TarFields fields = TarFields.of(block, offset);
      switch (fields.flag()) {
        case 'x' -> PaxRecords.parse(extra(fields), offset, records);
        case 'g' -> {
          PaxRecords.parse(extra(fields), offset, defaults);
          records.putAll(defaults);
        }
        case 'L' -> records.put("path", withoutZero(extra(fields)));
        case 'K' -> records.put("linkpath", withoutZero(extra(fields)));
        default -> {
          return entry(fields, records);
        }
      }
    }
    ended = true;
    return null;
  }

  private TarEntry entry(TarFields fields, Map<String, byte[]> records) throws IOException {
    long start = position;
    EntryParser parser = new EntryParser(fields, records, this::mapBlock);
    TarEntry entry = parser.entry();
    long stored = parser.storedBytes() - (parser.mapInData() ? position - start : 0);
    if (stored != entry.dataBytes()) {
      throw fields.wrong(
          "a sparse file with " + stored + " bytes of data instead of " + entry.dataBytes());
    }
    left = stored;
    padding = (int) (TarHeader.padded(stored) - stored);
    return entry;
  }

  private byte[] mapBlock() throws IOException {
    readFully(block);
    return block;
  }

  /** The content of an entry that says something of the one behind it. */
  private byte[] extra(TarFields fields) throws IOException {
    long size = fields.size();
    if (size > HEADER_LIMIT) {
      throw fields.wrong("an extended header of " + size + " bytes; at most " + HEADER_LIMIT);
    }
    byte[] bytes = new byte[(int) size];
    readFully(bytes);
    pass(TarHeader.padded(size) - size);
    return bytes;
  }

  private static byte[] withoutZero(byte[] bytes) {
    int length = bytes.length;
    while (length > 0 && bytes[length - 1] == 0) {
      length--;
    }
    return Arrays.copyOf(bytes, length);
  }

  /** Reads a block; false at the end, which is a block of zeros and another one. */
  private boolean readBlock() throws IOException {
    readFully(block);
    if (!isZero()) {
      return true;
    }
    readFully(block);
    if (!isZero()) {
      throw new TarFormatException(position - TarHeader.BLOCK, "something behind its end");
    }
    return false;
  }

  private boolean isZero() {
    for (byte each : block) {
      if (each != 0) {
        return false;
      }
    }
    return true;
  }

  private void readFully(byte[] into) throws IOException {
    for (int done = 0; done < into.length; ) {
      done += take(into, done, into.length - done);
    }
  }

  private void pass(long bytes) throws IOException {
    for (long done = 0; done < bytes; ) {
      long passed = from.skip(bytes - done);
      position += passed;
      done += passed == 0 ? take(new byte[1], 0, 1) : passed; // at the end nothing is skipped
    }
  }

  private int take(byte[] into, int start, int length) throws IOException {
    int read = from.read(into, start, length);
    if (read < 0) {
      throw new TarFormatException(position, "it ends early");
    }
    position += read;
    return read;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int start, int length) throws IOException {
    if (left == 0) {
      return length == 0 ? 0 : -1;
    }
    int read = take(into, start, (int) Math.min(length, left));
    left -= read;
    return read;
  }
}

package org.stasis.shim.archive.tar;

import java.io.IOException;
import java.io.OutputStream;

/** Writes a tar archive. As a stream it takes the data of the entry that was put last. */
public final class TarWriter extends OutputStream {
  private static final int END_BYTES = 2 * TarHeader.BLOCK;

  private final OutputStream to;
  private long missing; // of the data of the current entry
  private int padding;

  /**
   * Begins an archive.
   *
   * @param to takes it; stays open
   */
  public TarWriter(OutputStream to) {
    this.to = to;
  }

  /**
   * How much room an entry takes in an archive.
   *
   * @param entry what it says
   * @return bytes, its data included
   */
  public static long bytesOf(TarEntry entry) {
    return TarHeader.encode(entry).length + TarHeader.padded(entry.dataBytes());
  }

  /**
   * How much room an archive takes without any entry.
   *
   * @return bytes
   */
  public static long endBytes() {
    return END_BYTES;
  }

  /**
   * A header that has the same length whatever the size of the file, for one who knows the size
   * later.
   *
   * @param entry what it says; a file without holes
   * @return all that precedes the data
   */
  public static byte[] wideHeader(TarEntry entry) {
    return TarHeader.encode(entry, true);
  }

  /**
   * What follows data.
   *
   * @param bytes of data
   * @return bytes of zeros
   */
  public static int paddingOf(long bytes) {
    return (int) (TarHeader.padded(bytes) - bytes);
  }

  /**
   * Begins an entry; its data is to be written next, for a sparse file without the holes.
   *
   * @param entry what it says
   * @throws IOException when the entry before lacks data, or it cannot be written
   */
  public void put(TarEntry entry) throws IOException {
    endEntry();
    byte[] header = TarHeader.encode(entry);
    to.write(header);
    missing = entry.dataBytes();
    padding = (int) (TarHeader.padded(header.length + missing) - header.length - missing);
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int start, int length) throws IOException {
    if (length > missing) {
      throw new IOException("more data than the entry was said to have");
    }
    to.write(bytes, start, length);
    missing -= length;
  }

  private void endEntry() throws IOException {
    if (missing > 0) {
      throw new IOException(missing + " bytes less than the entry was said to have");
    }
    to.write(new byte[padding]);
    padding = 0;
  }

  /**
   * Writes what marks the end of an archive.
   *
   * @throws IOException when the last entry lacks data, or it cannot be written
   */
  public void finish() throws IOException {
    endEntry();
    to.write(new byte[END_BYTES]);
    to.flush();
  }
}

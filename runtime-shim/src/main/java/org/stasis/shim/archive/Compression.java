package org.stasis.shim.archive;

import io.airlift.compress.v3.zstd.ZstdInputStream;
import io.airlift.compress.v3.zstd.ZstdOutputStream;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** How an archive is compressed; told by its first bytes, never by its name. */
public enum Compression {
  NONE("none", new byte[0], ""),
  GZIP("gzip", new byte[] {0x1f, (byte) 0x8b}, "+gzip"),
  ZSTD("zstd", new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd}, "+zstd");

  private static final int BUFFER_BYTES = 64 << 10;
  private static final byte[] BZIP2 = {'B', 'Z', 'h'};
  private static final byte[] XZ = {(byte) 0xfd, '7', 'z', 'X'};
  private static final int MAGIC_BYTES = 4;

  private final String text;
  private final byte[] magic;
  private final String suffix;

  Compression(String text, byte[] magic, String suffix) {
    this.text = text;
    this.magic = magic;
    this.suffix = suffix;
  }

  /**
   * What people call it.
   *
   * @return {@code none}, {@code gzip} or {@code zstd}
   */
  public String text() {
    return text;
  }

  /**
   * What the media type of a compressed layer ends with, OCI image specification.
   *
   * @return empty for none
   */
  public String mediaTypeSuffix() {
    return suffix;
  }

  /**
   * Finds a compression.
   *
   * @param text what people call it
   * @return the compression; null when there is none of that name
   */
  public static @Nullable Compression of(String text) {
    for (Compression each : values()) {
      if (each.text.equals(text)) {
        return each;
      }
    }
    return null;
  }

  /**
   * Recognises how a stream is compressed. Its next bytes are looked at and given back.
   *
   * @param stream with mark and reset
   * @return the compression
   * @throws IOException when it cannot be read, or is compressed in a way that is not read
   */
  public static Compression detect(InputStream stream) throws IOException {
    stream.mark(MAGIC_BYTES);
    byte[] first = stream.readNBytes(MAGIC_BYTES);
    stream.reset();
    if (begins(first, BZIP2) || begins(first, XZ)) {
      throw new IOException(
          "the archive is compressed with "
              + (first[0] == 'B' ? "bzip2" : "xz")
              + "; decompress it first, only gzip and zstd are read");
    }
    return begins(first, GZIP.magic) ? GZIP : begins(first, ZSTD.magic) ? ZSTD : NONE;
  }

  private static boolean begins(byte[] bytes, byte[] magic) {
    if (bytes.length < magic.length) {
      return false;
    }
    for (int i = 0; i < magic.length; i++) {
      if (bytes[i] != magic[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Decompresses.
   *
   * @param from compressed this way
   * @return what was compressed
   * @throws IOException when the beginning is bad
   */
  public InputStream decompress(InputStream from) throws IOException {
    return switch (this) {
      case NONE -> from;
      case GZIP -> new GZIPInputStream(from, BUFFER_BYTES);
      case ZSTD -> new Zstd(from);
    };
  }

  /**
   * Compresses.
   *
   * @param to takes what is compressed; stays open
   * @return takes what is to be compressed; complete once closed
   * @throws IOException when it cannot be written
   */
  public OutputStream compress(OutputStream to) throws IOException {
    OutputStream kept = new KeptOpen(to);
    return switch (this) {
      case NONE -> kept;
      case GZIP -> new FastGzip(kept);
      case ZSTD -> new ZstdOutputStream(kept);
    };
  }

  /** What is damaged is an error of the archive, not of ours. */
  private static final class Zstd extends FilterInputStream {
    Zstd(InputStream from) {
      super(new ZstdInputStream(from));
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int start, int length) throws IOException {
      try {
        return in.read(into, start, length);
      } catch (RuntimeException e) { // the decoder has no exception of its own for all it may meet
        throw new ArchiveException("damaged: no zstd: " + e.getMessage(), e);
      }
    }
  }

  /** Memory is large, and the container may be waiting. */
  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream to) throws IOException {
      super(to, BUFFER_BYTES);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }

  /** Passes everything on but the end. */
  private static final class KeptOpen extends FilterOutputStream {
    KeptOpen(OutputStream to) {
      super(to);
    }

    @Override
    public void write(byte[] bytes, int start, int length) throws IOException {
      out.write(bytes, start, length);
    }

    @Override
    public void close() throws IOException {
      out.flush();
    }
  }
}

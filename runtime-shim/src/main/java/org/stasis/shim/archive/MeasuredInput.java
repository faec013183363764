package org.stasis.shim.archive;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream that counts, and may be measured against the stream that it is decompressed from. */
final class MeasuredInput extends FilterInputStream {
  private static final int SKIP_BYTES = 64 << 10;

  private final UnpackLimits limits;
  private final MeasuredInput compressed;
  private long passed;

  /** Counts only. */
  MeasuredInput(InputStream from) {
    super(from);
    limits = new UnpackLimits(Long.MAX_VALUE, Long.MAX_VALUE);
    compressed = this;
  }

  /**
   * Counts and compares.
   *
   * @param from what was decompressed
   * @param compressed what it was decompressed from
   * @param limits that it must keep
   */
  MeasuredInput(InputStream from, MeasuredInput compressed, UnpackLimits limits) {
    super(from);
    this.limits = limits;
    this.compressed = compressed;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  /** By reading, so that it counts, and never behind the end. */
  @Override
  public long skip(long bytes) throws IOException {
    byte[] nowhere = new byte[(int) Math.clamp(bytes, 0, SKIP_BYTES)];
    return nowhere.length == 0 ? 0 : Math.max(read(nowhere, 0, nowhere.length), 0);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int start, int length) throws IOException {
    int read = in.read(into, start, length);
    passed += Math.max(read, 0);
    if (passed > limits.bytes()) {
      throw new ArchiveException("it unpacks to more than " + limits.bytes() + " bytes");
    }
    if (passed > UnpackLimits.FREE_BYTES && passed / limits.ratio() > compressed.passed) {
      throw new ArchiveException(
          "it unpacks to more than "
              + limits.ratio()
              + " times its size; allow more if it is yours");
    }
    return read;
  }
}

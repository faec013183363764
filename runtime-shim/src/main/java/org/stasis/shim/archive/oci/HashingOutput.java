package org.stasis.shim.archive.oci;

import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import org.stasis.shim.archive.Checksums;

/** Passes bytes on, and knows their digest and number. */
final class HashingOutput extends OutputStream {
  private final OutputStream to;
  private final MessageDigest digest = Checksums.sha256();
  private long size;

  HashingOutput(OutputStream to) {
    this.to = to;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int start, int length) throws IOException {
    to.write(bytes, start, length);
    digest.update(bytes, start, length);
    size += length;
  }

  @Override
  public void flush() throws IOException {
    to.flush();
  }

  /** What passed. To be asked once. */
  Descriptor descriptor(String mediaType) {
    return new Descriptor(mediaType, HexFormat.of().formatHex(digest.digest()), size, Map.of());
  }
}

package org.stasis.shim.archive.oci;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import org.stasis.shim.archive.BackgroundDigest;

/** Passes bytes on, and knows their digest and number. */
final class HashingOutput extends OutputStream {
  private final OutputStream to;
  private final BackgroundDigest digest = new BackgroundDigest();
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
    digest.update(bytes, start, length);
    to.write(bytes, start, length);
    size += length;
  }

  @Override
  public void flush() throws IOException {
    to.flush();
  }

  /** What passed. To be asked once. */
  Descriptor descriptor(String mediaType) throws IOException {
    return new Descriptor(mediaType, digest.finish(), size, Map.of());
  }

  /** Ends its thread; what it passes bytes to stays open. */
  @Override
  public void close() {
    digest.close();
  }
}

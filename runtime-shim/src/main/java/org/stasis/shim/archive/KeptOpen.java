package org.stasis.shim.archive;

import java.io.IOException;
import java.io.OutputStream;

/** Passes everything on but the end: what it passes to is written on. */
public final class KeptOpen extends OutputStream {
  private final OutputStream to;

  /**
   * Passes on.
   *
   * @param to stays open
   */
  public KeptOpen(OutputStream to) {
    this.to = to;
  }

  @Override
  public void write(int b) throws IOException {
    to.write(b);
  }

  @Override
  public void write(byte[] bytes, int start, int length) throws IOException {
    to.write(bytes, start, length);
  }
}

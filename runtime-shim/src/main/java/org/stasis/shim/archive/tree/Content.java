package org.stasis.shim.archive.tree;

import java.io.IOException;
import java.io.OutputStream;

/** The bytes of an entry, known by their size before they are read. */
public interface Content {
  /** Nothing. */
  Content NONE = of(new byte[0]);

  /**
   * How many bytes there will be.
   *
   * @return bytes
   */
  long size();

  /**
   * Writes them, {@link #size()} bytes.
   *
   * @param to takes them; stays open
   * @throws IOException when they cannot be read, or are no longer that many
   */
  void writeTo(OutputStream to) throws IOException;

  /**
   * Bytes that are there already.
   *
   * @param bytes the bytes
   * @return the content
   */
  static Content of(byte[] bytes) {
    return new Content() {
      @Override
      public long size() {
        return bytes.length;
      }

      @Override
      public void writeTo(OutputStream to) throws IOException {
        to.write(bytes);
      }
    };
  }
}

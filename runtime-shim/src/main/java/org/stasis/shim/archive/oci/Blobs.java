package org.stasis.shim.archive.oci;

import java.io.IOException;
import java.io.OutputStream;

/** An image layout being written. */
interface Blobs extends AutoCloseable {
  /** Writes bytes. */
  interface Source {
    void writeTo(OutputStream to) throws IOException;
  }

  /**
   * Adds content under its digest.
   *
   * @param mediaType what it is
   * @param source writes it
   * @return how to refer to it
   */
  Descriptor add(String mediaType, Source source) throws IOException;

  /** Adds a file that has a name of its own. */
  void add(String name, byte[] bytes) throws IOException;

  /** Puts the whole in place. */
  void place() throws IOException;

  /** Removes what was not put in place. */
  @Override
  void close() throws IOException;
}

package org.stasis.shim.archive.oci;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/** An image layout being read. */
interface LayoutSource extends Closeable {
  /**
   * Opens a file.
   *
   * @param name in the layout
   * @return its content
   * @throws IOException when there is none, or it cannot be read
   */
  InputStream open(String name) throws IOException;
}

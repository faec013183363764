package org.stasis.shim.archive.tree;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.stasis.shim.archive.tar.TarWriter;

/**
 * A tar archive to be: uncompressed, and of a size that is known.
 *
 * @param files in the order of the archive
 */
public record PackedTree(List<PackedFile> files) implements Content {
  @Override
  public long size() {
    long bytes = TarWriter.endBytes();
    for (PackedFile each : files) {
      bytes += TarWriter.bytesOf(each.entry());
    }
    return bytes;
  }

  @Override
  public void writeTo(OutputStream to) throws IOException {
    TarWriter tar = new TarWriter(to);
    for (PackedFile each : files) {
      tar.put(each.entry());
      each.content().writeTo(tar);
    }
    tar.finish();
  }
}

package org.stasis.shim.archive;

import java.io.IOException;
import java.io.OutputStream;
import org.stasis.linux.Stat;
import org.stasis.shim.archive.tar.TarEntry;
import org.stasis.shim.archive.tar.TarType;
import org.stasis.shim.archive.tar.TarWriter;
import org.stasis.shim.archive.tree.PackedFile;

/** Writes the tar archive of a plan, checksums last. */
final class ArchiveWriter {
  private static final int READABLE = 0644;

  private ArchiveWriter() {}

  static void write(ArchivePlan plan, OutputStream to) throws IOException {
    try (Checksums checksums = new Checksums()) {
      write(plan, new TarWriter(to), checksums);
    }
  }

  private static void write(ArchivePlan plan, TarWriter tar, Checksums checksums)
      throws IOException {
    for (PackedFile each : plan.files()) {
      tar.put(each.entry());
      boolean file = each.entry().type() == TarType.FILE;
      try {
        each.content().writeTo(file ? checksums.watch(each.entry().name(), tar) : tar);
      } catch (IOException e) {
        throw new ArchiveException("packing " + each.entry().name() + ": " + e.getMessage(), e);
      }
    }
    byte[] sums = checksums.text();
    Stat.Time now = new Stat.Time(plan.instant().getEpochSecond(), 0);
    tar.put(TarEntry.file(Part.CHECKSUMS, READABLE, sums.length, now));
    tar.write(sums);
    tar.finish();
  }
}

package org.stasis.shim.criu;

import com.google.protobuf.Message;
import java.io.IOException;
import java.nio.file.Path;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageVersion;
import org.stasis.images.ImageWriter;
import org.stasis.images.proto.DumpStatsEntry;
import org.stasis.images.proto.RestoreStatsEntry;
import org.stasis.images.proto.StatsEntry;

/** Figures of a dump or restore: as a file in the work directory, and as text for people. */
final class Statistics {
  private Statistics() {}

  /** Writes {@code stats-dump}. */
  static void write(Path work, DumpStatsEntry dump) throws IOException {
    write(work, "dump", StatsEntry.newBuilder().setDump(dump).build());
  }

  /** Writes {@code stats-restore}. */
  static void write(Path work, RestoreStatsEntry restore) throws IOException {
    write(work, "restore", StatsEntry.newBuilder().setRestore(restore).build());
  }

  private static void write(Path work, String what, Message entry) throws IOException {
    Path file = work.resolve(ImageKind.STATS.fileName(what));
    try (ImageWriter writer = new ImageWriter(file, ImageKind.STATS, ImageVersion.V1_1)) {
      writer.write(entry);
    }
  }

  static String text(DumpStatsEntry dump) {
    StringBuilder text = new StringBuilder("Displaying dump stats:\n");
    time(text, "Freezing time", dump.getFreezingTime());
    time(text, "Frozen time", dump.getFrozenTime());
    time(text, "Memory dump time", dump.getMemdumpTime());
    time(text, "Memory write time", dump.getMemwriteTime());
    time(text, "IRMAP resolve time", dump.getIrmapResolve());
    count(text, "Memory pages scanned", dump.getPagesScanned());
    count(text, "Memory pages skipped from parent", dump.getPagesSkippedParent());
    count(text, "Memory pages written", dump.getPagesWritten());
    count(text, "Lazy memory pages", dump.getPagesLazy());
    return text.toString();
  }

  static String text(RestoreStatsEntry restore) {
    StringBuilder text = new StringBuilder("Displaying restore stats:\n");
    count(text, "Pages compared", restore.getPagesCompared());
    count(text, "Pages skipped COW", restore.getPagesSkippedCow());
    count(text, "Pages restored", restore.getPagesRestored());
    time(text, "Restore time", restore.getRestoreTime());
    time(text, "Forking time", restore.getForkingTime());
    return text.toString();
  }

  private static void time(StringBuilder text, String what, int micros) {
    text.append(what).append(": ").append(Integer.toUnsignedString(micros)).append(" us\n");
  }

  private static void count(StringBuilder text, String what, long pages) {
    text.append(what).append(": ").append(Long.toUnsignedString(pages));
    text.append(" (0x").append(Long.toHexString(pages)).append(")\n");
  }
}

package org.stasis.shim.archive;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.stasis.linux.Fd;
import org.stasis.shim.archive.tar.TarReader;
import org.stasis.shim.archive.tree.UnpackRules;
import org.stasis.shim.archive.tree.Unpacker;

/**
 * Changes of a container's root directory, as an unpacked archive has them: {@code rootfs-diff.tar}
 * and {@code deleted.files}. They are looked at as a whole before the first is made.
 */
final class RootfsChanges {
  private final Path tar;
  private final List<String> deleted;
  private final UnpackRules rules;
  private final UnpackLimits limits;

  private RootfsChanges(Path tar, List<String> deleted, UnpackRules rules, UnpackLimits limits) {
    this.tar = tar;
    this.deleted = deleted;
    this.rules = rules;
    this.limits = limits;
  }

  static RootfsChanges of(UnpackedArchive archive, UnpackOptions options) throws IOException {
    Path tar = archive.rootfsChanges();
    Path list = archive.directory().resolve(Part.DELETED);
    List<String> deleted = new ArrayList<>();
    if (Files.exists(list)
        && Json.read(UnpackedArchive.read(list), Part.DELETED) instanceof List<?> paths) {
      for (Object each : paths) {
        if (!(each instanceof String path)) {
          throw new ArchiveException(Part.DELETED + " is no list of paths");
        }
        deleted.add(path);
      }
    }
    boolean layer = Files.exists(tar) && compression(tar) != Compression.NONE;
    boolean whiteouts = layer || archive.layout() != null && archive.layout().hasWhiteouts();
    UnpackRules rules = UnpackRules.rootfs(options.allDevices(), whiteouts);
    return new RootfsChanges(tar, deleted, rules, options.limits());
  }

  private static Compression compression(Path tar) throws IOException {
    try (InputStream file = new BufferedInputStream(Files.newInputStream(tar))) {
      return Compression.detect(file);
    }
  }

  /** What is done with the archive. */
  private interface Use {
    void of(TarReader tar) throws IOException;
  }

  /** Looks at everything. */
  void check() throws IOException {
    for (String each : deleted) {
      if (!each.startsWith("/") || each.indexOf(0) >= 0) {
        throw new ArchiveException(Part.DELETED + " has something that is no path: " + each);
      }
      for (String part : each.split("/", -1)) {
        if (part.equals("..")) {
          throw new ArchiveException(Part.DELETED + " has a path that leads elsewhere: " + each);
        }
      }
    }
    read(tar -> Unpacker.check(tar, rules));
  }

  /** Makes the changes. */
  void apply(Path rootfs) throws IOException {
    try (Fd root = Fd.openDirectory(rootfs.toString())) {
      Unpacker unpacker = new Unpacker(root, rules, null);
      for (String each : deleted) {
        unpacker.remove(each);
      }
      read(unpacker::unpack);
    }
  }

  private void read(Use use) throws IOException {
    if (!Files.exists(tar)) {
      return;
    }
    try (MeasuredInput file = new MeasuredInput(Files.newInputStream(tar));
        InputStream buffered = new BufferedInputStream(file)) {
      Compression compression = Compression.detect(buffered);
      InputStream plain = new MeasuredInput(compression.decompress(buffered), file, limits);
      use.of(new TarReader(new BufferedInputStream(plain)));
    } catch (IOException e) {
      throw new ArchiveException(Part.CHANGES + ": " + e.getMessage(), e);
    }
  }
}

package org.stasis.shim.archive;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.stasis.linux.Fd;
import org.stasis.shim.archive.tar.TarEntry;
import org.stasis.shim.archive.tar.TarReader;
import org.stasis.shim.archive.tree.UnpackRules;
import org.stasis.shim.archive.tree.Unpacker;

/** Unpacks the parts of an archive into a directory that nobody uses yet. */
final class ArchiveReader implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 << 10;

  private final UnpackLimits limits;
  private final Checksums checksums = new Checksums();
  private boolean atEnd; // the checksums came
  private long apparentBytes;

  ArchiveReader(UnpackLimits limits) {
    this.limits = limits;
  }

  /**
   * Unpacks a tar archive, compressed in any way that is read.
   *
   * @param from the archive
   * @param directory an empty one
   * @return what was unpacked
   * @throws IOException when the archive is damaged, or holds what doesn't belong there
   */
  UnpackedArchive unpack(InputStream from, Path directory) throws IOException {
    stream(from, directory, UnpackRules.PARTS);
    return verified(directory);
  }

  /**
   * Unpacks a tar archive over what is there.
   *
   * @param from the archive
   * @param directory what others were unpacked to
   */
  void layer(InputStream from, Path directory) throws IOException {
    stream(from, directory, UnpackRules.layer());
  }

  private void stream(InputStream from, Path directory, UnpackRules rules) throws IOException {
    MeasuredInput compressed = new MeasuredInput(from);
    InputStream buffered = new BufferedInputStream(compressed, BUFFER_BYTES);
    Compression compression = Compression.detect(buffered);
    InputStream plain =
        new BufferedInputStream(
            new MeasuredInput(compression.decompress(buffered), compressed, limits), BUFFER_BYTES);
    try (Fd root = Fd.openDirectory(directory.toString())) {
      new Unpacker(root, rules, this::watch).unpack(new TarReader(plain));
    }
    if (compression != Compression.NONE) {
      plain.transferTo(OutputStream.nullOutputStream()); // to the end, where its checksum is
    } // what follows an uncompressed one doesn't matter: CRI-O leaves the end of an older file
    // there
  }

  private InputStream watch(TarEntry entry, String path, InputStream content) throws IOException {
    apparentBytes += Math.min(entry.size(), Long.MAX_VALUE - apparentBytes);
    if (apparentBytes > limits.bytes()) {
      throw new ArchiveException("it unpacks to more than " + limits.bytes() + " bytes");
    }
    if (atEnd) {
      throw new ArchiveException("damaged: something comes behind the checksums");
    }
    if (path.equals(Part.CHECKSUMS)) {
      atEnd = true;
      return content;
    }
    return checksums.watch(path, content);
  }

  /** Compares with the checksums if there are any. */
  UnpackedArchive verified(Path directory) throws IOException {
    Path sums = directory.resolve(Part.CHECKSUMS);
    boolean verified = Files.exists(sums);
    if (verified) {
      checksums.require(UnpackedArchive.read(sums));
    }
    return UnpackedArchive.of(directory, verified);
  }

  @Override
  public void close() {
    checksums.close();
  }
}

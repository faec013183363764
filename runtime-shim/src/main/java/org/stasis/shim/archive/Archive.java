package org.stasis.shim.archive;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.stasis.shim.archive.oci.OciImageReader;
import org.stasis.shim.archive.oci.OciImageWriter;

/** Makes archives of checkpoints, and unpacks them. */
public final class Archive {
  private static final int BUFFER_BYTES = 256 << 10;

  private Archive() {}

  /**
   * Makes an archive. It appears under its name when it is complete; what is there stays until
   * then.
   *
   * @param contents what goes into it
   * @param address where it shall be; a directory must not have anything in it yet
   * @param compression how; null for as the layout's own tool does it
   * @throws IOException when something cannot be read or written, or there is no checkpoint
   */
  public static void create(
      ArchiveContents contents, ArchiveAddress address, @Nullable Compression compression)
      throws IOException {
    try (ArchivePlan plan = ArchivePlan.of(contents)) {
      switch (address.form()) {
        case FILE ->
            file(
                plan,
                address.path(),
                compression == null ? plan.layout().compression() : compression);
        case OCI_DIRECTORY, OCI_ARCHIVE ->
            image(plan, compression == null ? Compression.GZIP : compression).write(address);
      }
    }
  }

  private static void file(ArchivePlan plan, Path path, Compression compression)
      throws IOException {
    try (AsideFile file = AsideFile.of(path)) {
      try (OutputStream buffered = new BufferedOutputStream(file.stream(), BUFFER_BYTES);
          OutputStream compressed = compression.compress(buffered)) {
        ArchiveWriter.write(plan, compressed);
        compressed.close();
        buffered.flush();
        file.place();
      }
    }
  }

  private static OciImageWriter image(ArchivePlan plan, Compression compression) {
    return new OciImageWriter(
        to -> ArchiveWriter.write(plan, to),
        ImageAnnotations.of(plan.layout(), plan.facts()),
        plan.instant(),
        compression);
  }

  /**
   * Unpacks an archive. The directory appears when everything is in it and was found right; then
   * also the root directory, if one is given, has got its changes.
   *
   * @param address where the archive is
   * @param directory where its parts shall be: nothing, or an empty directory
   * @param options how
   * @return what was unpacked
   * @throws IOException when the archive is damaged, holds what doesn't belong there, or cannot be
   *     read
   */
  public static UnpackedArchive unpack(
      ArchiveAddress address, Path directory, UnpackOptions options) throws IOException {
    try (AsideDirectory aside = AsideDirectory.of(directory)) {
      UnpackedArchive archive = read(address, aside.path(), options.limits());
      if (options.rootfs() != null) {
        RootfsChanges changes = RootfsChanges.of(archive, options);
        changes.check();
        changes.apply(options.rootfs());
      }
      aside.place();
      return archive.in(directory);
    }
  }

  private static UnpackedArchive read(ArchiveAddress address, Path into, UnpackLimits limits)
      throws IOException {
    try (ArchiveReader reader = new ArchiveReader(limits)) {
      if (address.form() == ArchiveAddress.Form.FILE) {
        try (InputStream file = Files.newInputStream(address.path())) {
          return reader.unpack(file, into);
        }
      }
      try (OciImageReader image = OciImageReader.open(address)) {
        image.forEachLayer(layer -> reader.layer(layer, into));
      }
      return reader.verified(into);
    } catch (FileSystemException e) {
      throw e; // names the file itself
    } catch (IOException e) {
      throw new ArchiveException(address.path().getFileName() + ": " + e.getMessage(), e);
    }
  }
}

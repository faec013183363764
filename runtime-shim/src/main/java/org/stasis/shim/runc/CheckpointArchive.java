package org.stasis.shim.runc;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.stasis.shim.Caller;
import org.stasis.shim.archive.Archive;
import org.stasis.shim.archive.ArchiveAddress;
import org.stasis.shim.archive.ArchiveContents;
import org.stasis.shim.archive.ArchiveException;
import org.stasis.shim.archive.Compression;
import org.stasis.shim.archive.ContainerFacts;
import org.stasis.shim.archive.tree.OverlayLayers;

/**
 * The archive that a checkpoint goes into.
 *
 * @param address where it shall be
 * @param compression how; null for as the archive's tool does it
 * @param contents what goes into it, except for the images
 */
record CheckpointArchive(
    ArchiveAddress address, @Nullable Compression compression, ArchiveContents contents) {
  /**
   * Looks at what the archive shall have; nothing is written yet.
   *
   * @param text FILE, oci:DIR or oci-archive:FILE
   * @throws RuntimeFailure when it cannot be made of this container
   */
  static CheckpointArchive of(
      String text,
      CheckpointArguments arguments,
      Container container,
      Caller caller,
      RuntimeLog log)
      throws RuntimeFailure {
    try {
      ArchiveAddress address = ArchiveAddress.of(text, caller::resolve);
      ContainerFacts facts =
          new ContainerFacts(
              container.id(), "", "", "", container.maker().word(), container.created());
      ArchiveContents contents = new ArchiveContents().facts(facts);
      if (container.bundle().isEmpty()) {
        log.line(
            RuntimeLog.Level.WARNING,
            container.maker().word() + " does not tell the bundle: the archive has no spec.dump");
      } else {
        contents.bundle(caller.resolve(container.bundle()));
      }
      addRootfs(contents, arguments, container, caller, log);
      return new CheckpointArchive(address, compression(arguments), contents);
    } catch (IOException e) {
      throw new RuntimeFailure("archive " + text + ": " + e.getMessage(), e);
    }
  }

  private static void addRootfs(
      ArchiveContents contents,
      CheckpointArguments arguments,
      Container container,
      Caller caller,
      RuntimeLog log)
      throws IOException {
    if (arguments.ignoreRootfs()) {
      contents.ignoreRootfs();
      return;
    }
    OverlayLayers layers =
        OverlayLayers.mounted(caller.resolve(container.rootfs()), caller.pid(), caller::resolve);
    if (layers != null) {
      contents.rootfs(layers);
      return;
    }
    log.line(
        RuntimeLog.Level.WARNING,
        container.rootfs()
            + " is no overlay that is mounted and written to: what was changed in it is not in the"
            + " archive");
  }

  private static @Nullable Compression compression(CheckpointArguments arguments)
      throws ArchiveException {
    if (arguments.compress().isEmpty()) {
      return null;
    }
    Compression found = Compression.of(arguments.compress().get());
    if (found == null) {
      throw new ArchiveException("no such compression: " + arguments.compress().get());
    }
    return found;
  }

  /**
   * Makes it; it appears when it is complete.
   *
   * @param images the checkpoint
   */
  void create(Path images) throws IOException {
    Archive.create(contents.images(images), address, compression);
  }
}

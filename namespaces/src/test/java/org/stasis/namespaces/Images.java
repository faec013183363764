package org.stasis.namespaces;

import java.io.IOException;
import java.nio.file.Path;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSet;
import org.stasis.images.ImageSetWriter;
import org.stasis.images.proto.InventoryEntry;
import org.stasis.images.proto.TaskKobjIdsEntry;

/** A set of images with an inventory and what a test puts into it. */
final class Images {
  /** Numbers of the caller's namespaces. */
  static final TaskKobjIdsEntry CALLERS =
      TaskKobjIdsEntry.newBuilder()
          .setVmId(1)
          .setFilesId(1)
          .setFsId(1)
          .setSighandId(1)
          .setPidNsId(1)
          .setNetNsId(2)
          .setIpcNsId(3)
          .setUtsNsId(4)
          .setTimeNsId(5)
          .setMntNsId(6)
          .setUserNsId(7)
          .setCgroupNsId(8)
          .build();

  private Images() {}

  /** Writes images. */
  @FunctionalInterface
  interface Content {
    void write(ImageSetWriter images) throws IOException;
  }

  static ImageSet of(Path directory, Content content) throws IOException {
    try (ImageSetWriter images = ImageSetWriter.create(directory)) {
      images.write(
          ImageKind.INVENTORY,
          InventoryEntry.newBuilder()
              .setImgVersion(2)
              .setFdinfoPerId(true)
              .setRootIds(CALLERS)
              .build());
      content.write(images);
      images.commit();
    }
    return ImageSet.open(directory);
  }
}

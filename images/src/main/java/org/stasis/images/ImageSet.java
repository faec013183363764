package org.stasis.images;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.images.proto.InventoryEntry;

/**
 * All images of one dump, for reading. The inventory is what makes a directory of images a
 * checkpoint: {@link ImageSetWriter} puts it there last.
 *
 * <p>A file that does not exist is how an empty array looks, so {@link #all} answers it with no
 * entries. Whether one that does not exist was required is for its kind's room to say.
 */
public final class ImageSet {
  private final ImageDirectory directory;
  private final InventoryEntry inventory;
  private final ImageVersion version;

  private ImageSet(ImageDirectory directory, InventoryEntry inventory, ImageVersion version) {
    this.directory = directory;
    this.inventory = inventory;
    this.version = version;
  }

  /**
   * Opens the set of a whole dump.
   *
   * @throws ImageException when there is no inventory, for then the dump was never completed; when
   *     it is that of a pre-dump, or of a version not known; or when it says something that can't
   *     be
   */
  public static ImageSet open(Path path) throws IOException {
    ImageDirectory directory = new ImageDirectory(path);
    InventoryEntry inventory = inventory(directory);
    String file = directory.file(ImageKind.INVENTORY).toString();
    ImageVersion version =
        switch (inventory.getImgVersion()) {
          case 1 -> ImageVersion.V1;
          case 2 -> ImageVersion.V1_1;
          case 0 ->
              throw new ImageException(
                  file, -1, "img_version 0, which is a pre-dump", "a whole dump: 1 or 2");
          default ->
              throw new ImageException(
                  file,
                  -1,
                  "img_version " + Integer.toUnsignedString(inventory.getImgVersion()),
                  "1 or 2");
        };
    if (!inventory.getFdinfoPerId()) {
      throw new ImageException(
          file, -1, "fdinfo_per_id " + inventory.getFdinfoPerId(), "true: else the set is too old");
    }
    if (inventory.hasRootCgSet() && inventory.getRootCgSet() == 0) {
      throw new ImageException(file, -1, "root_cg_set 0", "the id of a cgroup set, or none");
    }
    return new ImageSet(directory, inventory, version);
  }

  /**
   * The inventory of a directory, be it of a dump or of a pre-dump.
   *
   * @throws ImageException when there is none
   */
  public static InventoryEntry inventory(ImageDirectory directory) throws IOException {
    try (ImageReader reader =
        ImageReader.open(directory.file(ImageKind.INVENTORY), ImageKind.INVENTORY, null)) {
      return reader.single(InventoryEntry.parser());
    } catch (NoSuchFileException e) {
      throw missing(directory.file(ImageKind.INVENTORY), e);
    }
  }

  /** Where the files are. */
  public ImageDirectory directory() {
    return directory;
  }

  /** What the set as a whole is. */
  public InventoryEntry inventory() {
    return inventory;
  }

  /** The form of the headers in this set. */
  public ImageVersion version() {
    return version;
  }

  /**
   * The one entry of a file.
   *
   * @throws ImageException when there is no such file, or it holds not exactly one entry
   */
  public <M extends Message> M read(ImageKind kind, Parser<M> parser) throws IOException {
    return single(directory.file(kind), kind, parser);
  }

  /** As the other one, with an id. */
  public <M extends Message> M read(ImageKind kind, long id, Parser<M> parser) throws IOException {
    return single(directory.file(kind, id), kind, parser);
  }

  private <M extends Message> M single(Path file, ImageKind kind, Parser<M> parser)
      throws IOException {
    try (ImageReader reader = ImageReader.open(file, kind, version)) {
      return reader.single(parser);
    } catch (NoSuchFileException e) {
      throw missing(file, e);
    }
  }

  /** The one entry of a file that may be missing; then null. */
  public <M extends Message> @Nullable M find(ImageKind kind, Parser<M> parser) throws IOException {
    return optional(directory.file(kind), kind, parser);
  }

  /** As the other one, with an id. */
  public <M extends Message> @Nullable M find(ImageKind kind, long id, Parser<M> parser)
      throws IOException {
    return optional(directory.file(kind, id), kind, parser);
  }

  private <M extends Message> @Nullable M optional(Path file, ImageKind kind, Parser<M> parser)
      throws IOException {
    try (ImageReader reader = ImageReader.open(file, kind, version)) {
      return reader.single(parser);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /** All entries of a file; none when there is no such file. */
  public <M extends Message> List<M> all(ImageKind kind, Parser<M> parser) throws IOException {
    return array(directory.file(kind), kind, parser);
  }

  /** As the other one, with an id. */
  public <M extends Message> List<M> all(ImageKind kind, long id, Parser<M> parser)
      throws IOException {
    return array(directory.file(kind, id), kind, parser);
  }

  private <M extends Message> List<M> array(Path file, ImageKind kind, Parser<M> parser)
      throws IOException {
    try (ImageReader reader = ImageReader.open(file, kind, version)) {
      return reader.all(parser);
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /** The entries of a file one by one, with their payloads; null when there is no such file. */
  public @Nullable ImageReader open(ImageKind kind) throws IOException {
    return reader(directory.file(kind), kind);
  }

  /** As the other one, with an id. */
  public @Nullable ImageReader open(ImageKind kind, long id) throws IOException {
    return reader(directory.file(kind, id), kind);
  }

  private @Nullable ImageReader reader(Path file, ImageKind kind) throws IOException {
    try {
      return ImageReader.open(file, kind, version);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /** The bytes of a raw file; null when there is no such file. */
  public @Nullable FileChannel raw(ImageKind kind, long id) throws IOException {
    if (!kind.isRaw()) throw new IllegalArgumentException(kind + " is not raw");
    try {
      return ImageReader.openRegular(directory.file(kind, id));
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private static ImageException missing(Path file, NoSuchFileException cause) {
    boolean inventory = file.endsWith(ImageKind.INVENTORY.fileName());
    return new ImageException(
        file.toString(),
        -1,
        "no such file",
        inventory ? "the inventory that every completed dump has" : "an image the set refers to",
        cause);
  }
}

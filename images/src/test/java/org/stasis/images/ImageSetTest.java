package org.stasis.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stasis.images.proto.FsEntry;
import org.stasis.images.proto.InventoryEntry;
import org.stasis.images.proto.PstreeEntry;

@DisplayName("An image set")
class ImageSetTest {
  @TempDir Path directory;

  private void write(ImageKind kind, Path file, com.google.protobuf.Message... entries)
      throws IOException {
    write(kind, ImageVersion.V1_1, file, entries);
  }

  private static void write(
      ImageKind kind, ImageVersion version, Path file, com.google.protobuf.Message... entries)
      throws IOException {
    try (ImageWriter writer = new ImageWriter(file, kind, version)) {
      writer.start();
      for (com.google.protobuf.Message entry : entries) writer.write(entry);
    }
  }

  private void inventory(InventoryEntry.Builder entry) throws IOException {
    write(ImageKind.INVENTORY, directory.resolve("inventory.img"), entry.build());
  }

  @ParameterizedTest
  @CsvSource({"0, a pre-dump", "3, expected 1 or 2", "-1, img_version 4294967295"})
  void ofAVersionNotKnownIsRefused(int version, String message) throws IOException {
    inventory(InventoryEntry.newBuilder().setImgVersion(version).setFdinfoPerId(true));
    assertThatThrownBy(() -> ImageSet.open(directory))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining(message);
    assertThat(ImageSet.inventory(new ImageDirectory(directory)).getImgVersion())
        .isEqualTo(version);
  }

  @Test
  void thatSaysWhatCanNotBeIsRefused() throws IOException {
    inventory(InventoryEntry.newBuilder().setImgVersion(2));
    assertThatThrownBy(() -> ImageSet.open(directory)).hasMessageContaining("fdinfo_per_id");
    inventory(InventoryEntry.newBuilder().setImgVersion(2).setFdinfoPerId(true).setRootCgSet(0));
    assertThatThrownBy(() -> ImageSet.open(directory)).hasMessageContaining("root_cg_set");
  }

  @Test
  void hasHeadersOfItsOwnVersion() throws IOException {
    inventory(InventoryEntry.newBuilder().setImgVersion(1).setFdinfoPerId(true));
    FsEntry entry = FsEntry.newBuilder().setCwdId(1).setRootId(2).build();
    write(ImageKind.FS, ImageVersion.V1, directory.resolve("fs-1.img"), entry);
    write(ImageKind.FS, ImageVersion.V1_1, directory.resolve("fs-2.img"), entry);
    ImageSet set = ImageSet.open(directory);
    assertThat(set.version()).isEqualTo(ImageVersion.V1);
    assertThat(set.read(ImageKind.FS, 1, FsEntry.parser())).isEqualTo(entry);
    assertThatThrownBy(() -> set.read(ImageKind.FS, 2, FsEntry.parser()))
        .hasMessageContaining("fs-2.img, offset 0: found a header of V1_1");
  }

  @Test
  void answersForFilesThatAreNotThere() throws IOException {
    inventory(InventoryEntry.newBuilder().setImgVersion(2).setFdinfoPerId(true));
    ImageSet set = ImageSet.open(directory);
    assertThat(set.all(ImageKind.PSTREE, PstreeEntry.parser())).isEmpty();
    assertThat(set.find(ImageKind.FS, 1, FsEntry.parser())).isNull();
    assertThat(set.open(ImageKind.FILES)).isNull();
    assertThat(set.raw(ImageKind.PAGES, 1)).isNull();
    assertThatThrownBy(() -> set.read(ImageKind.FS, 1, FsEntry.parser()))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("fs-1.img: found no such file");
    assertThatThrownBy(() -> set.read(ImageKind.FS, 1, PstreeEntry.parser()))
        .isInstanceOf(ImageException.class);
  }

  @Test
  void holdsExactlyOneEntryWhereItShould() throws IOException {
    inventory(InventoryEntry.newBuilder().setImgVersion(2).setFdinfoPerId(true));
    Path file = directory.resolve("fs-1.img");
    ImageSet set = ImageSet.open(directory);
    write(ImageKind.FS, file);
    assertThatThrownBy(() -> set.read(ImageKind.FS, 1, FsEntry.parser()))
        .hasMessageContaining("offset 8: found the end of the file, expected one entry");
    write(ImageKind.FS, file, FsEntry.newBuilder().setCwdId(1).setRootId(2).build());
    Files.write(file, new byte[] {0}, java.nio.file.StandardOpenOption.APPEND);
    assertThatThrownBy(() -> set.read(ImageKind.FS, 1, FsEntry.parser()))
        .hasMessageContaining("found more bytes, expected the end of the file");
  }

  @Test
  void listsItsFilesByKindAndId() throws IOException {
    for (String name :
        new String[] {
          "core-10.img",
          "core-9.img",
          "inventory.img",
          "dump.log",
          "pages-1.img",
          "ghost-file-a.img",
          "ghost-file-9.img",
          "core-x.img"
        }) {
      Files.createFile(directory.resolve(name));
    }
    ImageDirectory images = new ImageDirectory(directory);
    assertThat(images.files())
        .extracting(file -> file.path().getFileName().toString())
        .containsExactly(
            "inventory.img",
            "core-9.img",
            "core-10.img",
            "ghost-file-9.img",
            "ghost-file-a.img",
            "pages-1.img");
    assertThat(images.ids(ImageKind.GHOST_FILE)).containsExactly(9L, 10L);
  }
}

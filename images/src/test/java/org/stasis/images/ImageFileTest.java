package org.stasis.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.stasis.images.ArbitraryImage.Piece;
import org.stasis.images.ImageKind.Cardinality;

/** What holds for the files of every kind with entries. */
@DisplayName("An image file")
@ParameterizedClass(name = "{0}")
@MethodSource("kinds")
class ImageFileTest {
  private static final int MANY = 200;

  private final ImageKind kind;

  @TempDir Path directory;

  ImageFileTest(ImageKind kind) {
    this.kind = kind;
  }

  static Stream<ImageKind> kinds() {
    return Stream.of(ImageKind.values()).filter(ArbitraryImage::hasEntries);
  }

  private int many() {
    return kind.cardinality() == Cardinality.SINGLE ? 1 : MANY;
  }

  private int few() {
    return kind.cardinality() == Cardinality.SINGLE ? 1 : 3;
  }

  private List<Piece> read(byte[] bytes) throws IOException {
    try (ImageReader reader =
        ImageReader.of(
            Channels.newChannel(new ByteArrayInputStream(bytes)), "test.img", kind, null)) {
      return ArbitraryImage.read(reader);
    }
  }

  @ParameterizedTest
  @EnumSource
  void withoutEntriesIsJustAHeader(ImageVersion version) throws IOException {
    byte[] bytes = new ArbitraryImage(kind, 1).write(List.of(), version);
    boolean twoWords = version == ImageVersion.V1_1 && kind != ImageKind.INVENTORY;
    assertThat(bytes).hasSize(twoWords ? 8 : 4);
    assertThat(read(bytes)).isEmpty();
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("org.stasis.images.Seeds#twenty")
  void givesBackOneEntry(long seed) throws IOException {
    givesBack(1, seed);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("org.stasis.images.Seeds#five")
  void givesBackManyEntries(long seed) throws IOException {
    givesBack(many(), seed);
  }

  private void givesBack(int count, long seed) throws IOException {
    ArbitraryImage image = new ArbitraryImage(kind, seed);
    List<Piece> pieces = image.pieces(count);
    for (ImageVersion version : ImageVersion.values()) {
      byte[] bytes = image.write(pieces, version);
      assertThat(read(bytes)).isEqualTo(pieces);
      Path file = Files.write(directory.resolve("image"), bytes);
      try (ImageReader reader = ImageReader.open(file, kind, null)) {
        assertThat(ArbitraryImage.read(reader)).isEqualTo(pieces);
      }
    }
  }

  @Test
  void leavesUnreadPayloadsBehind() throws IOException {
    ArbitraryImage image = new ArbitraryImage(kind, 7);
    List<Piece> pieces = image.pieces(many());
    Path file = Files.write(directory.resolve("image"), image.write(pieces, ImageVersion.V1_1));
    try (ImageReader reader = ImageReader.open(file, kind, ImageVersion.V1_1)) {
      for (Piece piece : pieces) assertThat(reader.next()).isEqualTo(piece.message());
      reader.requireEnd();
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("org.stasis.images.Seeds#five")
  void cutShortAnywhereGivesTheWholeEntriesBeforeOrAnError(long seed) throws IOException {
    ArbitraryImage image = new ArbitraryImage(kind, seed);
    List<Piece> pieces = image.pieces(few());
    byte[] bytes = image.write(pieces, ImageVersion.V1_1);
    for (int length = 0; length < bytes.length; length++) {
      byte[] start = Arrays.copyOf(bytes, length);
      List<Piece> found;
      try {
        found = read(start);
      } catch (ImageException e) {
        assertThat(e.file()).isEqualTo("test.img");
        assertThat(e.offsetBytes()).isBetween(0L, (long) length);
        continue;
      }
      assertThat(image.write(found, ImageVersion.V1_1)).isEqualTo(start);
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("org.stasis.images.Seeds#five")
  void withOneBitFlippedIsReadOrRefused(long seed) throws IOException {
    ArbitraryImage image = new ArbitraryImage(kind, seed);
    byte[] bytes = image.write(image.pieces(few()), ImageVersion.V1_1);
    Random random = new Random(seed);
    for (int at = 0; at < bytes.length; at++) {
      byte[] flipped = bytes.clone();
      flipped[at] ^= (byte) (1 << random.nextInt(8));
      boolean inHeader = at < (kind == ImageKind.INVENTORY ? 4 : 8);
      try {
        read(flipped);
        if (inHeader) fail("byte " + at + " of the header was taken as it is");
      } catch (ImageException e) {
        assertThat(e.offsetBytes()).isBetween(0L, (long) bytes.length);
      }
    }
  }

  @Test
  void ofAnotherKindIsRefusedByItsMagicNumber() throws IOException {
    ImageKind other = kind == ImageKind.CORE ? ImageKind.MM : ImageKind.CORE;
    byte[] bytes = new ArbitraryImage(other, 1).write(List.of(), ImageVersion.V1_1);
    assertThatThrownBy(() -> read(bytes))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("found 0x" + Integer.toHexString(other.magic()))
        .hasMessageContaining("expected 0x" + Integer.toHexString(kind.magic()));
  }

  /** But for the inventory, which says what the version is and so looks the same in all. */
  @Test
  void ofTheOtherVersionIsRefusedInASet() throws IOException {
    byte[] bytes = new ArbitraryImage(kind, 1).write(List.of(), ImageVersion.V1);
    var channel = Channels.newChannel(new ByteArrayInputStream(bytes));
    if (kind == ImageKind.INVENTORY) {
      assertThat(ImageReader.of(channel, "test.img", kind, ImageVersion.V1_1).next()).isNull();
      return;
    }
    assertThatThrownBy(() -> ImageReader.of(channel, "test.img", kind, ImageVersion.V1_1))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("V1_1, as the inventory says");
  }

  @Test
  void takesNoEntriesOfAnotherType() throws IOException {
    var other = org.stasis.images.proto.Timeval.newBuilder().setTvSec(1).setTvUsec(2).build();
    try (ImageWriter writer = new ImageWriter(directory.resolve("none"), kind, ImageVersion.V1_1)) {
      assertThatThrownBy(() -> writer.write(other)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(directory.resolve("none")).doesNotExist();
  }

  @Test
  void isKnownByItsNameAndByItsMagicNumber() {
    ImageKind byMagic = ImageKind.ofMagic(kind.magic());
    assertThat(byMagic).isNotNull();
    assertThat(byMagic.prototype()).isEqualTo(kind.prototype());
    String name =
        kind == ImageKind.STATS
            ? kind.fileName("dump")
            : kind.hasId() ? kind.fileName(0xfedcba98L) : kind.fileName();
    assertThat(ImageKind.ofFileName(name)).isEqualTo(kind);
    if (kind.hasId()) assertThat(kind.idOf(name)).isEqualTo(0xfedcba98L);
  }
}

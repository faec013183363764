package org.stasis.images;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.stasis.images.ImageKind.Header;

/**
 * The words in front of the entries.
 *
 * <table>
 * <caption>Headers, of 32-bit little-endian words</caption>
 * <tr><td>v1.1</td><td>{@code 0x54564319}, magic number of the kind</td></tr>
 * <tr><td>v1.1, service file</td><td>{@code 0x55105940}, magic number of the kind</td></tr>
 * <tr><td>v1, and inventory.img always</td><td>magic number of the kind</td></tr>
 * </table>
 */
record ImageHeader(ImageKind kind, ImageVersion version) {

  /**
   * @param wanted the kind this file must be of; null to take what its magic number says
   * @param wantedVersion the form it must have; null to take either
   */
  static ImageHeader read(
      ByteInput input, @Nullable ImageKind wanted, @Nullable ImageVersion wantedVersion)
      throws IOException {
    int first = input.word("header");
    boolean prefixed = first == ImageKind.COMMON_MAGIC || first == ImageKind.SERVICE_MAGIC;
    int magic = prefixed ? input.word("magic number") : first;
    ImageKind kind = wanted != null ? wanted : ImageKind.ofMagic(magic);
    if (kind == null || kind.magic() != magic) {
      throw new ImageException(
          input.file(),
          prefixed ? Integer.BYTES : 0,
          describe(magic),
          wanted == null
              ? "the magic number of an image; this may be a raw file, which has none"
              : describe(wanted.magic()));
    }
    checkFirst(input, first, kind);
    ImageVersion version =
        prefixed || kind == ImageKind.INVENTORY ? ImageVersion.V1_1 : ImageVersion.V1;
    if (wantedVersion != null && kind != ImageKind.INVENTORY && version != wantedVersion) {
      throw new ImageException(
          input.file(),
          0,
          "a header of " + version,
          "one of " + wantedVersion + ", as the inventory says");
    }
    return new ImageHeader(kind, version);
  }

  private static void checkFirst(ByteInput input, int first, ImageKind kind) throws ImageException {
    boolean right =
        switch (first) {
          case ImageKind.COMMON_MAGIC -> kind.header() == Header.COMMON;
          case ImageKind.SERVICE_MAGIC -> kind.header() == Header.SERVICE;
          default -> true;
        };
    if (!right) {
      throw new ImageException(
          input.file(), 0, describe(first), "the first word of a header of " + kind);
    }
  }

  private static String describe(int magic) {
    ImageKind kind = ImageKind.ofMagic(magic);
    return "0x" + Integer.toHexString(magic) + (kind == null ? "" : " (" + kind + ")");
  }

  /** The words as they go in front of the entries. */
  static byte[] bytes(ImageKind kind, ImageVersion version) {
    int first =
        switch (kind.header()) {
          case COMMON -> ImageKind.COMMON_MAGIC;
          case SERVICE -> ImageKind.SERVICE_MAGIC;
          case BARE, NONE -> 0;
        };
    boolean prefixed = first != 0 && version == ImageVersion.V1_1;
    byte[] header = new byte[prefixed ? 8 : 4];
    if (prefixed) put(header, 0, first);
    put(header, header.length - 4, kind.magic());
    return header;
  }

  static void put(byte[] to, int at, int word) {
    to[at] = (byte) word;
    to[at + 1] = (byte) (word >>> 8);
    to[at + 2] = (byte) (word >>> 16);
    to[at + 3] = (byte) (word >>> 24);
  }
}

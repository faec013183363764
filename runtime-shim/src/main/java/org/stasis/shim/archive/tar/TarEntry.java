package org.stasis.shim.archive.tar;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Device;
import org.stasis.linux.Stat;

/**
 * What an archive says of one file, without its content.
 *
 * @param name its path, as the archive has it; text of {@link org.stasis.linux.KernelString}
 * @param type what it makes
 * @param mode permissions with set-user-ID and the like, 12 bits
 * @param uid owner
 * @param gid group
 * @param modified last change of the content
 * @param target of a link; empty for anything else
 * @param device of a device, else {@link Device#NONE}
 * @param attributes extended attributes by name, xattr(7)
 * @param size of the content in bytes, holes included; 0 for what is no file
 * @param sparse where the data is; null when there are no holes
 */
public record TarEntry(
    String name,
    TarType type,
    int mode,
    long uid,
    long gid,
    Stat.Time modified,
    String target,
    Device device,
    Map<String, byte[]> attributes,
    long size,
    @Nullable SparseMap sparse) {

  private static final Stat.Time NEVER = new Stat.Time(0, 0);

  /**
   * A file of the archive's maker.
   *
   * @param name its path
   * @param mode permissions
   * @param size of the content in bytes
   * @param modified last change
   * @return the entry
   */
  public static TarEntry file(String name, int mode, long size, Stat.Time modified) {
    return new TarEntry(
        name, TarType.FILE, mode, 0, 0, modified, "", Device.NONE, Map.of(), size, null);
  }

  /**
   * A directory of the archive's maker.
   *
   * @param name its path
   * @param mode permissions
   * @param modified last change
   * @return the entry
   */
  public static TarEntry directory(String name, int mode, Stat.Time modified) {
    return new TarEntry(
        name, TarType.DIRECTORY, mode, 0, 0, modified, "", Device.NONE, Map.of(), 0, null);
  }

  /**
   * An empty file that means something by its name.
   *
   * @param name its path
   * @return the entry
   */
  public static TarEntry marker(String name) {
    return file(name, 0, 0, NEVER);
  }

  /**
   * The same, made as another name of a file that an earlier entry has.
   *
   * @param first that entry's path
   * @return the entry
   */
  public TarEntry asLinkTo(String first) {
    return new TarEntry(
        name, TarType.HARD_LINK, mode, uid, gid, modified, first, device, Map.of(), 0, null);
  }

  /**
   * How much follows the header, without the padding and the map of a sparse file.
   *
   * @return bytes of data
   */
  public long dataBytes() {
    return sparse == null ? size : sparse.dataBytes();
  }
}

package org.stasis.linux.proc;

import java.util.ArrayList;
import java.util.List;
import org.stasis.linux.Device;
import org.stasis.linux.Mapping;

/**
 * One mapping of a task, a line of {@code /proc/PID/maps}.
 *
 * @param start first byte
 * @param end first byte after it
 * @param protection {@code PROT_} bits of {@link Mapping}
 * @param shared whether it is {@code MAP_SHARED}
 * @param offset in the file, in bytes
 * @param device where the file lies; {@link Device#NONE} for no file. Some file systems (btrfs,
 *     overlayfs) show another device here than in stat(2)
 * @param inode of the file, 0 for no file
 * @param name a path in the task's root, {@code [heap]} and the like, {@code [anon:…]}, or empty. A
 *     line end in a path comes back from its escape; a path that contains the four characters
 *     {@code \012} can't be told from it: {@link ProcTask#mapLink} is exact
 */
public record MapEntry(
    long start,
    long end,
    int protection,
    boolean shared,
    long offset,
    Device device,
    long inode,
    String name) {
  private static final String DELETED = " (deleted)";

  /**
   * How long it is.
   *
   * @return bytes
   */
  public long length() {
    return end - start;
  }

  /**
   * Whether it maps a file, be it of tmpfs or a memfd.
   *
   * @return true when there is an inode
   */
  public boolean isFile() {
    return inode != 0;
  }

  /**
   * Whether the kernel says that the file lost its name. A file may also be called so.
   *
   * @return true when the name ends in {@code " (deleted)"}
   */
  public boolean isDeleted() {
    return name.endsWith(DELETED);
  }

  /**
   * The name without the mark of a deleted file.
   *
   * @return a path, or what else the name is
   */
  public String path() {
    return isDeleted() ? name.substring(0, name.length() - DELETED.length()) : name;
  }

  /**
   * The name it was given with PR_SET_VMA_ANON_NAME.
   *
   * @return what stands in {@code [anon:…]} or {@code [anon_shmem:…]}; empty for none
   */
  public String anonymousName() {
    int colon = name.startsWith("[anon:") ? 6 : name.startsWith("[anon_shmem:") ? 12 : -1;
    return colon < 0 ? "" : name.substring(colon, name.length() - 1);
  }

  static List<MapEntry> parseAll(ProcText text) {
    List<MapEntry> maps = new ArrayList<>(32);
    while (!text.atEnd()) {
      maps.add(parse(text));
    }
    return maps;
  }

  static MapEntry parse(ProcText text) {
    long start = text.hex();
    long end = text.expect('-').hex();
    text.expect(' ');
    int protection =
        flag(text, 'r', Mapping.PROT_READ)
            | flag(text, 'w', Mapping.PROT_WRITE)
            | flag(text, 'x', Mapping.PROT_EXEC);
    boolean shared = text.take('s');
    if (!shared) {
      text.expect('p');
    }
    long offset = text.hex();
    int major = (int) text.hex();
    int minor = (int) text.expect(':').hex();
    long inode = text.number();
    Device device = major == 0 && minor == 0 ? Device.NONE : new Device(major, minor);
    String name = text.spaces().escapedLine();
    return new MapEntry(start, end, protection, shared, offset, device, inode, name);
  }

  private static int flag(ProcText text, char letter, int bit) {
    if (text.take(letter)) {
      return bit;
    }
    text.expect('-');
    return 0;
  }
}

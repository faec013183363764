package org.stasis.shim.archive.tree;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Device;
import org.stasis.linux.Errno;
import org.stasis.linux.ExtendedAttributes;
import org.stasis.linux.Fd;
import org.stasis.linux.Names;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;
import org.stasis.shim.archive.tar.SparseMap;
import org.stasis.shim.archive.tar.SparseMap.Stretch;
import org.stasis.shim.archive.tar.TarEntry;
import org.stasis.shim.archive.tar.TarType;

/**
 * Makes entries of files on disk. The second name of a file becomes a hard link to the first.
 * Sockets have no entry: who is bound to one makes it anew.
 */
final class FileEntries {
  private static final int STAT_BLOCK = 512;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;

  /** Kept by overlayfs for itself, without a meaning elsewhere. */
  private static final List<String> OF_OVERLAYFS = List.of("trusted.overlay.", "user.overlay.");

  private record Inode(Device device, long number) {}

  private final Map<Inode, String> firstNames = new HashMap<>();
  private final List<PackedFile> files = new ArrayList<>();

  /** What was put, in order. */
  List<PackedFile> files() {
    return files;
  }

  /** Whether an attribute is overlayfs's own. */
  static boolean isOfOverlayfs(String attribute) {
    for (String prefix : OF_OVERLAYFS) {
      if (attribute.startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }

  /** Puts something that is not on disk. */
  void put(PackedFile file) {
    files.add(file);
  }

  /**
   * Puts an entry.
   *
   * @param directory where the file is
   * @param name there
   * @param stat of it
   * @param path its name in the archive
   * @param root where its content is read from
   * @param contentPath below that
   */
  void put(Fd directory, String name, Stat stat, String path, Fd root, String contentPath)
      throws IOException {
    TarEntry entry = describe(directory, name, stat, path);
    if (entry.type() != TarType.DIRECTORY && stat.links() > 1) {
      String first = firstNames.putIfAbsent(new Inode(stat.device(), stat.inode()), path);
      if (first != null) {
        files.add(new PackedFile(entry.asLinkTo(first), Content.NONE));
        return;
      }
    }
    if (entry.type() != TarType.FILE) {
      files.add(new PackedFile(entry, Content.NONE));
      return;
    }
    SparseMap sparse =
        stat.blocks() * STAT_BLOCK < stat.size() ? data(root, contentPath, stat.size()) : null;
    Content content =
        sparse == null
            ? FileContent.whole(root, contentPath, stat.size())
            : new FileContent(root, contentPath, sparse);
    files.add(new PackedFile(sized(entry, stat.size(), sparse), content));
  }

  private static TarEntry sized(TarEntry entry, long size, @Nullable SparseMap sparse) {
    return new TarEntry(
        entry.name(),
        entry.type(),
        entry.mode(),
        entry.uid(),
        entry.gid(),
        entry.modified(),
        entry.target(),
        entry.device(),
        entry.attributes(),
        size,
        sparse);
  }

  private static TarEntry describe(Fd directory, String name, Stat stat, String path)
      throws IOException {
    TarType type = type(stat);
    return new TarEntry(
        path,
        type,
        stat.mode() & 07777,
        Integer.toUnsignedLong(stat.uid()),
        Integer.toUnsignedLong(stat.gid()),
        stat.modified(),
        type == TarType.SYMBOLIC_LINK ? Names.readLink(directory, name) : "",
        type.isDevice() ? stat.represents() : Device.NONE,
        attributes(directory, name),
        0,
        null);
  }

  private static TarType type(Stat stat) {
    return switch (stat.type()) {
      case Stat.S_IFREG -> TarType.FILE;
      case Stat.S_IFDIR -> TarType.DIRECTORY;
      case Stat.S_IFLNK -> TarType.SYMBOLIC_LINK;
      case Stat.S_IFCHR -> TarType.CHARACTER_DEVICE;
      case Stat.S_IFBLK -> TarType.BLOCK_DEVICE;
      case Stat.S_IFIFO -> TarType.FIFO;
      default -> throw new IllegalArgumentException("no entry for a file of mode " + stat.mode());
    };
  }

  private static Map<String, byte[]> attributes(Fd directory, String name) throws IOException {
    Map<String, byte[]> attributes = new TreeMap<>();
    for (String each : ExtendedAttributes.list(directory, name)) {
      if (isOfOverlayfs(each)) {
        continue;
      }
      try {
        attributes.put(each, ExtendedAttributes.get(directory, name, each));
      } catch (SyscallException e) {
        if (!e.is(Errno.ENODATA)) { // a label that is listed without being stored
          throw e;
        }
      }
    }
    return attributes;
  }

  /** Null when the file has no holes after all. */
  private static @Nullable SparseMap data(Fd root, String path, long size) throws IOException {
    List<Stretch> stretches = new ArrayList<>();
    try (Fd file = FileContent.open(root, path)) {
      for (long at = 0; at < size; ) {
        long start;
        try {
          start = file.seek(at, SEEK_DATA);
        } catch (SyscallException e) {
          if (e.is(Errno.ENXIO)) {
            break; // no data behind that
          }
          throw e;
        }
        if (start >= size) {
          break;
        }
        at = Math.min(file.seek(start, SEEK_HOLE), size);
        stretches.add(new Stretch(start, at - start));
      }
    }
    if (stretches.size() == 1 && stretches.getFirst().length() == size) {
      return null; // stored in fewer blocks for another reason
    }
    stretches.add(new Stretch(size, 0)); // readers take the end of the last one for the size
    return new SparseMap(stretches);
  }
}

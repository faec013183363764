package org.stasis.shim.archive.tree;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.stasis.linux.Device;
import org.stasis.linux.Fd;
import org.stasis.linux.Names;
import org.stasis.linux.Stat;
import org.stasis.shim.archive.tar.TarEntry;
import org.stasis.shim.archive.tar.TarType;

/**
 * Lists a directory of files that belong to a checkpoint: without their owners and attributes, and
 * each name by itself. Something else than files, directories and links doesn't belong there.
 */
public final class PlainTree {
  private static final String UNFINISHED = ".stasis-";

  private final Fd root;
  private final String prefix;
  private final List<PackedFile> files = new ArrayList<>();

  private PlainTree(Fd root, String prefix) {
    this.root = root;
    this.prefix = prefix;
  }

  /**
   * Lists what is below a directory, links not followed.
   *
   * @param root opened for reading; must stay open until it has been packed
   * @param prefix what names in the archive begin with: empty, or a path with a slash at its end
   * @return what will be packed
   * @throws IOException when something cannot be read, or doesn't belong there
   */
  public static List<PackedFile> list(Fd root, String prefix) throws IOException {
    PlainTree tree = new PlainTree(root, prefix);
    try (Fd directory = root.openAt(".", DirectoryTree.FLAGS, 0)) {
      tree.below(directory, "");
    }
    return tree.files;
  }

  /**
   * One file.
   *
   * @param root the directory it is in; must stay open until it has been packed
   * @param path there
   * @param name in the archive
   * @return what will be packed
   * @throws IOException when it cannot be read, or is no file
   */
  public static PackedFile file(Fd root, String path, String name) throws IOException {
    try (Fd file = FileContent.open(root, path)) {
      return file(root, path, name, file.stat());
    }
  }

  private static PackedFile file(Fd root, String path, String name, Stat stat) {
    return new PackedFile(
        TarEntry.file(name, stat.mode() & 0777, stat.size(), stat.modified()),
        FileContent.whole(root, path, stat.size()));
  }

  private void below(Fd directory, String path) throws IOException {
    for (String name : DirectoryTree.names(directory)) {
      String here = path + name;
      Stat stat = Stat.ofLink(directory, name);
      if (name.startsWith(UNFINISHED)) {
        continue; // what another writes at this moment, or left behind
      }
      switch (stat.type()) {
        case Stat.S_IFREG -> files.add(file(root, here, prefix + here, stat));
        case Stat.S_IFLNK -> {
          String target = Names.readLink(directory, name);
          files.add(new PackedFile(link(prefix + here, target, stat), Content.NONE));
        }
        case Stat.S_IFDIR -> {
          TarEntry entry = TarEntry.directory(prefix + here, stat.mode() & 0777, stat.modified());
          files.add(new PackedFile(entry, Content.NONE));
          try (Fd down = directory.openAt(name, DirectoryTree.FLAGS, 0)) {
            below(down, here + "/");
          }
        }
        default -> throw new IOException(prefix + here + " is no file of a checkpoint");
      }
    }
  }

  private static TarEntry link(String name, String target, Stat stat) {
    return new TarEntry(
        name,
        TarType.SYMBOLIC_LINK,
        0777,
        0,
        0,
        stat.modified(),
        target,
        Device.NONE,
        Map.of(),
        0,
        null);
  }
}

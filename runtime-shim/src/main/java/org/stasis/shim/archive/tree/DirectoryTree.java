package org.stasis.shim.archive.tree;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.stasis.linux.Directory;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;

/** Lists everything below a directory, in the order of names. */
public final class DirectoryTree {
  static final int FLAGS = Open.O_RDONLY | Open.O_DIRECTORY | Open.O_NOFOLLOW | Open.O_CLOEXEC;

  private final Fd root;
  private final FileEntries entries = new FileEntries();

  private DirectoryTree(Fd root) {
    this.root = root;
  }

  /**
   * Lists a tree, links not followed; the directory itself is left out.
   *
   * @param root opened for reading; must stay open until the tree has been packed
   * @param prefix what names in the archive begin with: empty, or a path with a slash at its end
   * @return what will be packed
   * @throws IOException when something cannot be read
   */
  public static PackedTree list(Fd root, String prefix) throws IOException {
    DirectoryTree tree = new DirectoryTree(root);
    try (Fd directory = root.openAt(".", FLAGS, 0)) {
      tree.below(directory, "", prefix);
    }
    return new PackedTree(List.copyOf(tree.entries.files()));
  }

  static List<String> names(Fd directory) throws IOException {
    List<String> names = new ArrayList<>();
    for (Directory.Entry each : Directory.list(directory)) {
      names.add(each.name());
    }
    names.sort(Comparator.naturalOrder());
    return names;
  }

  private void below(Fd directory, String path, String prefix) throws IOException {
    for (String name : names(directory)) {
      Stat stat = Stat.ofLink(directory, name);
      if (stat.type() == Stat.S_IFSOCK) {
        continue;
      }
      String here = path + name;
      entries.put(directory, name, stat, prefix + here, root, here);
      if (stat.type() == Stat.S_IFDIR) {
        try (Fd down = directory.openAt(name, FLAGS, 0)) {
          below(down, here + "/", prefix);
        }
      }
    }
  }
}

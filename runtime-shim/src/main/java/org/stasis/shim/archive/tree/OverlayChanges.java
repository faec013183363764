package org.stasis.shim.archive.tree;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Fd;
import org.stasis.linux.Stat;
import org.stasis.shim.archive.tar.TarEntry;

/**
 * What a container changed of its image, from the upper directory of the overlay it ran on.
 *
 * <p>Directories that only hold something changed are in it too, so that their owners and
 * permissions come along. What is deleted is either told by names in the archive, as in the layers
 * of OCI images, or listed beside it, as podman and CRI-O do. The latter cannot say that a
 * directory was replaced: then all that was in it is listed.
 */
public final class OverlayChanges {
  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";

  private final Fd upper;
  private final @Nullable Fd merged;
  private final @Nullable LowerLayers lower;
  private final boolean whiteouts;
  private final Set<String> hidden;
  private final FileEntries entries = new FileEntries();
  private final List<String> deleted = new ArrayList<>();

  private OverlayChanges(
      Fd upper,
      @Nullable Fd merged,
      @Nullable LowerLayers lower,
      boolean whiteouts,
      Set<String> hidden) {
    this.upper = upper;
    this.merged = merged;
    this.lower = lower;
    this.whiteouts = whiteouts;
    this.hidden = hidden;
  }

  /**
   * The changes.
   *
   * @param tree what was added or changed
   * @param deleted absolute paths in the container; empty when names in the tree tell
   */
  public record Result(PackedTree tree, List<String> deleted) {}

  /**
   * Lists the changes.
   *
   * @param upper the upper directory
   * @param merged the mounted overlay; null when it is not mounted
   * @param lowers the lower directories, topmost first; empty when not known
   * @param whiteouts whether names in the archive shall tell what is deleted
   * @param hidden paths without a slash in front that something else is mounted on, so that the
   *     container never saw what is there
   * @return the changes; the directories must stay open until they have been packed
   * @throws IOException when something cannot be read, or not be told without what is null or empty
   */
  public static Result list(
      Fd upper, @Nullable Fd merged, List<Fd> lowers, boolean whiteouts, Set<String> hidden)
      throws IOException {
    LowerLayers lower = lowers.isEmpty() ? null : new LowerLayers(lowers);
    OverlayChanges changes = new OverlayChanges(upper, merged, lower, whiteouts, hidden);
    try (Fd directory = upper.openAt(".", DirectoryTree.FLAGS, 0)) {
      changes.upper(directory, "", upper, false);
    }
    return new Result(
        new PackedTree(List.copyOf(changes.entries.files())), List.copyOf(changes.deleted));
  }

  /** All of a directory; {@code whole} when it is not to be taken for changes of another. */
  private void upper(Fd directory, String path, Fd root, boolean whole) throws IOException {
    for (String name : DirectoryTree.names(directory)) {
      String here = path + name;
      Stat stat = Stat.ofLink(directory, name);
      if (stat.type() == Stat.S_IFSOCK || hidden.contains(here)) {
        continue;
      }
      if (OverlayMarks.isWhiteout(directory, name, stat)) {
        delete(path, name);
      } else if (stat.type() == Stat.S_IFDIR) {
        directory(directory, name, stat, path, root, whole);
      } else if (stat.type() == Stat.S_IFREG && OverlayMarks.isMetadataOnly(directory, name)) {
        entries.put(directory, name, stat, here, requireMerged(here), here);
      } else {
        entries.put(directory, name, stat, here, root, here);
      }
    }
  }

  private void delete(String path, String name) {
    if (whiteouts) {
      entries.put(new PackedFile(TarEntry.marker(path + WHITEOUT + name), Content.NONE));
    } else {
      deleted.add("/" + path + name);
    }
  }

  private void directory(Fd above, String name, Stat stat, String path, Fd root, boolean whole)
      throws IOException {
    String here = path + name;
    entries.put(above, name, stat, here, root, here);
    boolean redirected = OverlayMarks.isRedirected(above, name);
    boolean replaces = redirected || OverlayMarks.isOpaque(above, name);
    if (replaces && whiteouts) {
      entries.put(new PackedFile(TarEntry.marker(here + "/" + OPAQUE), Content.NONE));
    }
    Fd from = redirected ? requireMerged(here) : root;
    try (Fd down =
        redirected ? Beneath.open(from, here) : above.openAt(name, DirectoryTree.FLAGS, 0)) {
      if (replaces && !whiteouts && !whole) {
        deleteOthers(down, here);
      }
      upper(down, here + "/", from, whole || replaces);
    }
  }

  /** Lists what was in a directory before it was replaced, but for what is there again. */
  private void deleteOthers(Fd now, String path) throws IOException {
    if (lower == null) {
      throw new IOException(
          "the container replaced the directory /"
              + path
              + ": what was in it can be told from the lower directories only, and none are known");
    }
    for (String name : lower.names(path)) {
      String here = path + "/" + name;
      if (!Beneath.exists(now, name)) {
        deleted.add("/" + here);
      } else if (Stat.ofLink(now, name).type() == Stat.S_IFDIR) {
        try (Fd down = now.openAt(name, DirectoryTree.FLAGS, 0)) {
          deleteOthers(down, here);
        }
      }
    }
  }

  private Fd requireMerged(String path) throws IOException {
    if (merged == null) {
      throw new IOException(
          "overlayfs keeps the content of /"
              + path
              + " in a lower directory: it can be read from the mounted overlay only");
    }
    return merged;
  }
}

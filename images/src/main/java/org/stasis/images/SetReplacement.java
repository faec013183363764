package org.stasis.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.stasis.images.ImageDirectory.ImageFile;

/**
 * The renames that put a set in the place of the one before. The old inventory goes first and the
 * new one comes last, so at every moment between the directory holds no checkpoint.
 */
final class SetReplacement {
  /** A file of the old set, by name and by inode: what has come in its place since is not it. */
  private record OldFile(Path path, @Nullable Object inode) {
    static OldFile of(Path path) throws IOException {
      return new OldFile(path, inodeOf(path));
    }

    boolean isStillThere() throws IOException {
      return Files.exists(path, LinkOption.NOFOLLOW_LINKS) && Objects.equals(inode, inodeOf(path));
    }

    private static @Nullable Object inodeOf(Path path) throws IOException {
      return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .fileKey();
    }
  }

  private final Path directory;
  private final List<OldFile> old;
  private final List<Path[]> moves = new ArrayList<>(); // from, to: to be undone backwards

  private SetReplacement(Path directory, List<OldFile> old) {
    this.directory = directory;
    this.old = old;
  }

  /** One that takes the images away that are in the directory now, if they are a set. */
  static SetReplacement of(Path directory) throws IOException {
    List<OldFile> old = new ArrayList<>();
    ImageDirectory images = new ImageDirectory(directory);
    if (images.exists(ImageKind.INVENTORY)) {
      for (ImageFile file : images.files()) {
        if (!file.kind().isService()) old.add(OldFile.of(file.path()));
      }
    }
    return new SetReplacement(directory, old);
  }

  /** One that takes away only what the new files replace. */
  static SetReplacement ofNothing(Path directory) {
    return new SetReplacement(directory, List.of());
  }

  /**
   * @param staging where the new files are
   * @param names of the new files, in the order they are to appear
   * @param parent text of the link to the parent; null for none
   */
  void run(Path staging, List<String> names, @Nullable Path parent) throws IOException {
    Path link = directory.resolve(ImageDirectory.PARENT);
    boolean linked = false;
    try {
      if (!old.isEmpty()) displace(staging.resolve("displaced"));
      if (parent != null && !Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
        Files.createSymbolicLink(link, parent);
        linked = true;
      }
      for (String name : names) move(staging.resolve(name), directory.resolve(name));
    } catch (IOException e) {
      undo(linked ? link : null, e);
      throw e;
    }
  }

  /** The inventory is the first kind, so the first of the files. */
  private void displace(Path to) throws IOException {
    Files.createDirectory(to);
    for (OldFile file : old) {
      if (file.isStillThere()) move(file.path(), to.resolve(file.path().getFileName()));
    }
  }

  private void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    moves.add(new Path[] {from, to});
  }

  private void undo(@Nullable Path link, IOException reason) {
    try {
      if (link != null) Files.delete(link);
      for (Path[] move : moves.reversed()) {
        Files.move(move[1], move[0], StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }
}

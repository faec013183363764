package org.stasis.images;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A directory images are in, whether or not they make a whole set. Everything is reached by path
 * below the one given, which may be of the form {@code /proc/self/fd/N}.
 *
 * @param path of the directory
 */
public record ImageDirectory(Path path) {
  /** The symbolic link to the directory of the dump this one was made on top of. */
  public static final String PARENT = "parent";

  /**
   * An image file.
   *
   * @param id unsigned; 0 where the kind has none
   */
  public record ImageFile(ImageKind kind, long id, Path path) {}

  /** Where the file of a kind is, or would be. */
  public Path file(ImageKind kind) {
    return path.resolve(kind.fileName());
  }

  /** Where the file of a kind with an id is, or would be. */
  public Path file(ImageKind kind, long id) {
    return path.resolve(kind.fileName(id));
  }

  /** Whether there is such a file. */
  public boolean exists(ImageKind kind) {
    return Files.exists(file(kind));
  }

  /** Whether there is such a file. */
  public boolean exists(ImageKind kind, long id) {
    return Files.exists(file(kind, id));
  }

  /** The image files in here, by kind and id. Files of other names are left out. */
  public List<ImageFile> files() throws IOException {
    List<ImageFile> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        ImageKind kind = ImageKind.ofFileName(name);
        if (kind != null) found.add(new ImageFile(kind, kind.idOf(name), entry));
      }
    } catch (java.nio.file.DirectoryIteratorException e) {
      throw e.getCause();
    }
    found.sort(
        Comparator.comparing(ImageFile::kind).thenComparing(ImageFile::id, Long::compareUnsigned));
    return found;
  }

  /** The ids there are files of a kind with, ascending. */
  public List<Long> ids(ImageKind kind) throws IOException {
    List<Long> ids = new ArrayList<>();
    for (ImageFile file : files()) {
      if (file.kind() == kind) ids.add(file.id());
    }
    return ids;
  }

  /**
   * The directory of the dump before this one, which holds the pages this one does not repeat.
   *
   * @return null when this one stands alone
   * @throws ImageException when the link leads nowhere
   */
  public @Nullable ImageDirectory parent() throws IOException {
    Path link = path.resolve(PARENT);
    if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) return null;
    if (!Files.isDirectory(link)) {
      String text =
          Files.isSymbolicLink(link) ? Files.readSymbolicLink(link).toString() : "no link";
      throw new ImageException(
          link.toString(), -1, text, "a link to the directory of the dump before this one");
    }
    return new ImageDirectory(link);
  }
}

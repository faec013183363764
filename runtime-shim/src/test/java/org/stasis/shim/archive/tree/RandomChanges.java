package org.stasis.shim.archive.tree;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Does what programs do to files, at random. */
final class RandomChanges {
  private final Path root;
  private final Random random;

  RandomChanges(Path root, long seed) {
    this.root = root;
    this.random = new Random(seed);
  }

  void make(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      try {
        change("n" + random.nextInt(20));
      } catch (FileSystemException e) {
        if (e instanceof DirectoryNotEmptyException || refused(e)) {
          continue; // as a program would be
        }
        throw e;
      }
    }
  }

  /** What the file system says to a change that makes no sense. */
  private static boolean refused(FileSystemException e) {
    String reason = String.valueOf(e.getReason());
    return e.getClass() != FileSystemException.class
        || reason.contains("Invalid argument")
        || reason.contains("Is a directory")
        || reason.contains("Not a directory")
        || reason.contains("cross-device");
  }

  private void change(String name) throws IOException {
    Path some = some();
    Path folder = Files.isDirectory(some, LinkOption.NOFOLLOW_LINKS) ? some : some.getParent();
    Path fresh = folder.resolve(name);
    switch (random.nextInt(9)) {
      case 0, 1 -> Files.writeString(fresh, "content " + random.nextInt());
      case 2, 3 -> Files.createDirectory(fresh);
      case 4 -> Files.createSymbolicLink(fresh, Path.of("target" + random.nextInt(5)));
      case 5 -> remove(some);
      case 6 -> Files.move(some, fresh, StandardCopyOption.ATOMIC_MOVE);
      case 7 -> Files.setAttribute(some, "unix:uid", random.nextInt(5), LinkOption.NOFOLLOW_LINKS);
      default -> {
        if (Files.isRegularFile(some, LinkOption.NOFOLLOW_LINKS)) {
          Files.createLink(fresh, some);
        }
      }
    }
  }

  private Path some() throws IOException {
    List<Path> all = new ArrayList<>();
    try (Stream<Path> tree = Files.walk(root)) {
      tree.forEach(all::add);
    }
    all.removeFirst();
    all.sort(null);
    return all.isEmpty() ? root.resolve("none") : all.get(random.nextInt(all.size()));
  }

  private static void remove(Path path) throws IOException {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      try (Stream<Path> names = Files.list(path)) {
        for (Path each : names.toList()) {
          remove(each);
        }
      }
    }
    Files.delete(path);
  }
}

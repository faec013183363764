package org.stasis.podman;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Control groups that container tools make for the tests, to be looked for and removed. */
final class ControlGroupFolders {
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

  private ControlGroupFolders() {}

  /**
   * The groups of a name in every hierarchy and all below them, those below first.
   *
   * @param name from the root of a hierarchy, without a slash before it
   */
  static List<Path> named(String name) throws IOException {
    List<Path> found = new ArrayList<>();
    List<Path> tops = new ArrayList<>(List.of(CGROUPS));
    try (Stream<Path> hierarchies = Files.list(CGROUPS)) {
      hierarchies.filter(Files::isDirectory).forEach(tops::add);
    }
    for (Path top : tops) {
      if (!Files.isSymbolicLink(top) && Files.isDirectory(top.resolve(name))) {
        try (Stream<Path> below = Files.walk(top.resolve(name))) {
          below.filter(Files::isDirectory).forEach(found::add);
        }
      }
    }
    found.sort(Comparator.reverseOrder());
    return found;
  }
}

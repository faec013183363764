package org.stasis.shim.runc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Where a path of the specification leads inside a root directory: links are followed as if that
 * were the root, {@code ..} never leads out of it, and what does not exist stays as it is worded.
 */
final class RootfsPath {
  private static final int MOST_LINKS = 255;

  private RootfsPath() {}

  /**
   * Follows a path.
   *
   * @param root the root directory, openable by this process
   * @param path below it
   * @return an absolute path, seen from that root
   * @throws RuntimeFailure when links go round in a circle, or one cannot be read
   */
  static String resolve(Path root, String path) throws RuntimeFailure {
    Deque<String> left = new ArrayDeque<>(List.of(path.split("/", -1)));
    List<String> done = new ArrayList<>();
    int links = 0;
    while (!left.isEmpty()) {
      String name = left.removeFirst();
      if (name.isEmpty() || name.equals(".")) {
        continue;
      }
      if (name.equals("..")) {
        if (!done.isEmpty()) {
          done.removeLast();
        }
        continue;
      }
      Path here = root.resolve(String.join("/", done)).resolve(name);
      if (!Files.isSymbolicLink(here)) {
        done.add(name);
        continue;
      }
      if (++links > MOST_LINKS) {
        throw new RuntimeFailure(path + " below " + root + ": too many links");
      }
      String target = target(here);
      if (target.startsWith("/")) {
        done.clear();
      }
      List<String> names = List.of(target.split("/", -1));
      for (int i = names.size() - 1; i >= 0; i--) {
        left.addFirst(names.get(i));
      }
    }
    return "/" + String.join("/", done);
  }

  private static String target(Path link) throws RuntimeFailure {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      throw new RuntimeFailure("cannot read the link " + link + ": " + e, e);
    }
  }
}

package org.stasis.engine.options;

import java.util.Optional;

/**
 * The group below which groups of a hierarchy are looked for (dump) or made (restore).
 *
 * @param controllers the hierarchy's name as in the images, such as {@code cpu,cpuacct} or {@code
 *     name=systemd}; the empty text for the unified hierarchy; absent for all hierarchies without
 *     an entry of their own
 * @param path the group, absolute within the hierarchy
 */
public record CgroupRoot(Optional<String> controllers, String path) {
  /** Checks the path. */
  public CgroupRoot {
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException("the path of a cgroup root is not absolute: " + path);
    }
  }

  /**
   * Reads {@code [CTRL:]/PATH}.
   *
   * @param text value of {@code --cgroup-root}
   * @return the root
   * @throws IllegalArgumentException when the path is not absolute
   */
  public static CgroupRoot parse(String text) {
    if (text.startsWith("/")) {
      return new CgroupRoot(Optional.empty(), text);
    }
    int colon = text.lastIndexOf(":/");
    if (colon < 0) {
      throw new IllegalArgumentException("bad cgroup root \"" + text + "\": [CONTROLLER:]/PATH");
    }
    return new CgroupRoot(Optional.of(text.substring(0, colon)), text.substring(colon + 1));
  }
}

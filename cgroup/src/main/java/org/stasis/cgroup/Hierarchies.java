package org.stasis.cgroup;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.MountEntry;
import org.stasis.linux.proc.ProcTask;

/** Where the hierarchies are mounted, so that groups can be found as directories. */
final class Hierarchies {
  private final List<MountEntry> mounts;
  private final Optional<Path> yard;
  private final Map<String, @Nullable MountEntry> found = new HashMap<>();

  /**
   * Prepares.
   *
   * @param mounts that this process sees
   * @param yard a directory with one mounted hierarchy in each subdirectory, by its name, {@code
   *     unified} for version 2
   */
  Hierarchies(List<MountEntry> mounts, Optional<Path> yard) {
    this.mounts = mounts;
    this.yard = yard;
  }

  /** What this process sees. */
  static Hierarchies seenBy(ProcTask self, Optional<Path> yard) throws SyscallException {
    return new Hierarchies(self.mounts(), yard);
  }

  /**
   * The directory of a group.
   *
   * @param hierarchy its name as images have it
   * @param group absolute path in it
   * @return the directory, whether it exists or not; empty when the hierarchy is not mounted, or
   *     not the part of it that has this group
   */
  Optional<Path> directory(String hierarchy, String group) {
    if (yard.isPresent()) {
      String name = hierarchy.isEmpty() ? "unified" : hierarchy;
      return Optional.of(Path.of(yard.get() + "/" + name + group));
    }
    MountEntry mount = found.computeIfAbsent(hierarchy, this::find);
    if (mount == null || !GroupPaths.isBelow(group, mount.root())) {
      return Optional.empty();
    }
    return Optional.of(Path.of(mount.mountPoint() + GroupPaths.rest(group, mount.root())));
  }

  private @Nullable MountEntry find(String hierarchy) {
    MountEntry best = null;
    for (MountEntry mount : mounts) {
      if (isOf(mount, hierarchy)
          && (best == null || mount.root().length() < best.root().length())) {
        best = mount;
      }
    }
    return best;
  }

  private static boolean isOf(MountEntry mount, String hierarchy) {
    if (hierarchy.isEmpty()) {
      return mount.fsType().equals("cgroup2");
    }
    List<String> options = Arrays.asList(mount.superOptions().split(",", -1));
    return mount.fsType().equals("cgroup")
        && options.containsAll(Arrays.asList(hierarchy.split(",", -1)));
  }
}

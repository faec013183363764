package org.stasis.cgroup;

import java.util.List;
import java.util.Optional;
import org.stasis.engine.options.CgroupRoot;

/** The groups that the caller names as roots. */
final class CgroupRoots {
  private CgroupRoots() {}

  /**
   * The root for a hierarchy.
   *
   * @param roots as given
   * @param hierarchy its name as images have it
   * @return the path, from an entry for this hierarchy or from one for all
   */
  static Optional<String> find(List<CgroupRoot> roots, String hierarchy) {
    Optional<String> forAll = Optional.empty();
    for (CgroupRoot root : roots) {
      if (root.controllers().isEmpty()) {
        forAll = Optional.of(root.path());
      } else if (isNamed(root.controllers().get(), hierarchy)) {
        return Optional.of(root.path());
      }
    }
    return forAll;
  }

  /** Whether a name means a hierarchy: its own, or that of one of several controllers. */
  private static boolean isNamed(String name, String hierarchy) {
    return name.equals(hierarchy) || List.of(hierarchy.split(",", -1)).contains(name);
  }
}

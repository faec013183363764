package org.stasis.cgroup;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.stasis.engine.options.CgroupRoot;
import org.stasis.images.proto.CgControllerEntry;
import org.stasis.images.proto.CgMemberEntry;
import org.stasis.images.proto.CgSetEntry;

/**
 * Where groups of the images come back. A root that the caller names replaces the topmost group of
 * the tree in that hierarchy; what was below it comes below the new one.
 *
 * <p>A caller that has put itself where the tree shall be, and names these places as roots, may be
 * unable to name the one of version 2: that is then taken from where it is.
 */
final class GroupMapping {
  private final Map<String, String> oldRoots = new HashMap<>();
  private final Map<String, String> newRoots = new HashMap<>();

  /**
   * Prepares.
   *
   * @param controllers of the images
   * @param rootSet the membership of the root task in the images
   * @param roots that the caller names
   * @param launcher where the tree is made
   */
  GroupMapping(
      List<CgControllerEntry> controllers,
      CgSetEntry rootSet,
      List<CgroupRoot> roots,
      Membership launcher) {
    for (CgMemberEntry member : rootSet.getCtlsList()) {
      oldRoots.put(member.getName(), member.getPath());
    }
    for (CgControllerEntry controller : controllers) {
      if (controller.getDirsCount() > 0) {
        oldRoots.put(hierarchy(controller), "/" + controller.getDirs(0).getDirName());
      }
    }
    boolean launcherIsThere = !roots.isEmpty();
    for (String hierarchy : oldRoots.keySet()) {
      Optional<String> root = CgroupRoots.find(roots, hierarchy);
      if (root.isPresent()) {
        newRoots.put(hierarchy, root.get());
        launcherIsThere &= root.get().equals(launcher.groups().get(hierarchy));
      }
    }
    if (launcherIsThere) {
      for (String hierarchy : oldRoots.keySet()) {
        String there = launcher.groups().get(hierarchy);
        if (there != null) {
          newRoots.putIfAbsent(hierarchy, there);
        }
      }
    }
  }

  /** The name of a hierarchy of the images. */
  static String hierarchy(CgControllerEntry controller) {
    return String.join(",", controller.getCnamesList());
  }

  /** Where a group comes back. */
  String map(String hierarchy, String path) {
    String newRoot = newRoots.get(hierarchy);
    String oldRoot = oldRoots.getOrDefault(hierarchy, "/");
    return newRoot == null || !GroupPaths.isBelow(path, oldRoot)
        ? path
        : GroupPaths.join(newRoot, GroupPaths.rest(path, oldRoot));
  }
}

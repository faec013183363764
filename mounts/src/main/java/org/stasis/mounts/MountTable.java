package org.stasis.mounts;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.proc.MountEntry;

/** The mounts of one namespace, by number, in the order mountinfo tells them. */
final class MountTable {
  private static final String DELETED = "//deleted";

  private final Map<Integer, MountEntry> byId = new LinkedHashMap<>();
  private final Set<Integer> groups = new TreeSet<>();

  MountTable(Collection<MountEntry> lines) {
    for (MountEntry line : lines) {
      byId.put(line.id(), line);
      if (line.sharedGroup() != 0) {
        groups.add(line.sharedGroup());
      }
    }
  }

  /** Whether the directory entry that a mount shows has been removed. */
  static boolean isDeleted(MountEntry line) {
    return line.root().endsWith(DELETED);
  }

  /** What of its file system a mount shows, as it was called before it may have been removed. */
  static String shown(MountEntry line) {
    String root = line.root();
    return isDeleted(line) ? root.substring(0, root.length() - DELETED.length()) : root;
  }

  Collection<MountEntry> lines() {
    return byId.values();
  }

  @Nullable MountEntry find(int id) {
    return byId.get(id);
  }

  /** The mount that all others are on, null when mountinfo did not show it. */
  @Nullable MountEntry root() {
    for (MountEntry line : byId.values()) {
      if (line.mountPoint().equals("/") && !byId.containsKey(line.parentId())) {
        return line;
      }
    }
    return null;
  }

  /** Whether some mount here is in a peer group. */
  boolean hasGroup(int sharedId) {
    return groups.contains(sharedId);
  }

  List<MountEntry> ofDevice(int device) {
    List<MountEntry> found = new ArrayList<>();
    for (MountEntry line : byId.values()) {
      if (line.device().kernelEncoding() == device) {
        found.add(line);
      }
    }
    return found;
  }

  /** Whether a mount, or one it is on, is hidden below another at the same or a higher place. */
  boolean isHidden(MountEntry line) {
    return !hiding(line).isEmpty();
  }

  /** What hides a mount, or one that it is on; in the order of mountinfo. */
  List<MountEntry> hiding(MountEntry line) {
    List<MountEntry> chain = new ArrayList<>();
    for (MountEntry at = line; at != null; at = byId.get(at.parentId())) {
      chain.add(at);
    }
    List<MountEntry> hiding = new ArrayList<>();
    for (MountEntry other : byId.values()) {
      if (!chain.contains(other) && hidesOneOf(chain, other)) {
        hiding.add(other);
      }
    }
    return hiding;
  }

  private static boolean hidesOneOf(List<MountEntry> chain, MountEntry other) {
    for (MountEntry at : chain) {
      boolean same = other.mountPoint().equals(at.mountPoint());
      boolean over = same && other.parentId() == at.id();
      boolean beside =
          !same
              && other.parentId() == at.parentId()
              && Paths.isBelow(at.mountPoint(), other.mountPoint());
      if (over || beside) {
        return true;
      }
    }
    return false;
  }
}

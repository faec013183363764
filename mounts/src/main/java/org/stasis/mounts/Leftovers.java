package org.stasis.mounts;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.stasis.linux.Directory;
import org.stasis.linux.Fd;
import org.stasis.linux.Names;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;

/**
 * What a file system holds that an archive is unpacked over: what the archive has too gives way to
 * it, what it lacks is removed in the end. Device nodes stay: they are the container's
 * configuration. So do names that something is mounted on somewhere: the kernel would take that
 * mount away with the name.
 */
final class Leftovers {
  private final Fd root;
  private final Set<String> kept;
  private final Map<String, Integer> types = new HashMap<>();
  private final List<String> found = new ArrayList<>();
  private final Set<String> unpacked = new HashSet<>();

  /**
   * Looks at what is there.
   *
   * @param root of the file system
   * @param kept names that something is mounted on
   */
  Leftovers(Fd root, Set<String> kept) throws SyscallException {
    this.root = root;
    this.kept = kept;
    try (Fd readable = root.openAt(".", Open.O_RDONLY | Open.O_DIRECTORY | Open.O_CLOEXEC, 0)) {
      look(readable, "");
    }
  }

  private void look(Fd directory, String path) throws SyscallException {
    for (Directory.Entry entry : Directory.list(directory)) {
      String name = path.isEmpty() ? entry.name() : path + "/" + entry.name();
      try (Fd file = directory.openAt(entry.name(), Open.O_PATH | Open.O_NOFOLLOW, 0)) {
        types.put(name, file.stat().type());
      }
      found.add(name);
      if (isDirectory(name) && !kept.contains(name)) {
        try (Fd below = directory.openAt(entry.name(), Open.O_RDONLY | Open.O_DIRECTORY, 0)) {
          look(below, name);
        }
      }
    }
  }

  /** Whether a directory was there before. */
  boolean isDirectory(String path) {
    return types.getOrDefault(path, 0) == Stat.S_IFDIR;
  }

  /**
   * Makes way for an entry of the archive.
   *
   * @param path of the entry
   * @param directory whether the entry is one
   * @param parent where it goes
   * @param name its name there
   * @return whether what is there stays instead
   */
  boolean stays(String path, boolean directory, Fd parent, String name) throws SyscallException {
    unpacked.add(path);
    Integer type = types.get(path);
    if (type == null || (directory && type == Stat.S_IFDIR && !kept.contains(path))) {
      return false;
    }
    if (kept.contains(path) || isDevice(type) || type == Stat.S_IFDIR) {
      return true;
    }
    Names.unlink(parent, name, 0);
    types.remove(path);
    return false;
  }

  private static boolean isDevice(int type) {
    return type == Stat.S_IFCHR || type == Stat.S_IFBLK;
  }

  /** Removes what the archive does not have, from the deepest names up. */
  void remove() throws SyscallException {
    for (String path : found.reversed()) {
      int type = types.getOrDefault(path, 0);
      if (!unpacked.contains(path) && !isDevice(type) && !isNeeded(path)) {
        Names.unlink(root, path, type == Stat.S_IFDIR ? Open.AT_REMOVEDIR : 0);
      }
    }
  }

  /** Something is mounted there or below, or a device lies below. */
  private boolean isNeeded(String path) {
    for (String each : kept) {
      if (Paths.isBelow("/" + each, "/" + path)) {
        return true;
      }
    }
    for (Map.Entry<String, Integer> each : types.entrySet()) {
      if (isDevice(each.getValue()) && each.getKey().startsWith(path + "/")) {
        return true;
      }
    }
    return false;
  }
}

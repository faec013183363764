package org.stasis.cgroup;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.stasis.engine.options.CgroupRoot;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.CgroupEntry;
import org.stasis.linux.proc.ProcTask;

/**
 * The groups a task is in: one for each hierarchy.
 *
 * @param groups path by the name of the hierarchy as images have it: its controllers, joined by
 *     commas; {@code name=…} for one without; empty for version 2. In the order of names
 */
record Membership(Map<String, String> groups) {
  Membership {
    groups = java.util.Collections.unmodifiableMap(new TreeMap<>(groups));
  }

  /** The groups of a task, from the root of the calling thread's cgroup namespace. */
  static Membership of(ProcTask task) throws SyscallException {
    Map<String, String> groups = new TreeMap<>();
    for (CgroupEntry entry : task.cgroups()) {
      groups.put(String.join(",", entry.controllers()), entry.path());
    }
    return new Membership(groups);
  }

  /** Its groups, as a caller would name them for roots. */
  List<CgroupRoot> asRoots() {
    List<CgroupRoot> roots = new ArrayList<>();
    for (Map.Entry<String, String> each : groups.entrySet()) {
      roots.add(new CgroupRoot(Optional.of(each.getKey()), each.getValue()));
    }
    return roots;
  }

  List<String> hierarchies() {
    return new ArrayList<>(groups.keySet());
  }
}

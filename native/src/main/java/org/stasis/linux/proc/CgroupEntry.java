package org.stasis.linux.proc;

import java.util.ArrayList;
import java.util.List;

/**
 * Which cgroup a task is in, a line of {@code /proc/PID/cgroup}, cgroups(7).
 *
 * @param hierarchy its number; 0 for cgroup v2
 * @param controllers of a v1 hierarchy, or its name as {@code name=…}; empty for v2
 * @param path from the root of the reader's cgroup namespace; {@code /..} leads out of it
 */
public record CgroupEntry(int hierarchy, List<String> controllers, String path) {
  private static final String DELETED = " (deleted)";

  /**
   * Whether the cgroup was removed, which a zombie's can be.
   *
   * @return true when the path says so
   */
  public boolean isDeleted() {
    return path.endsWith(DELETED);
  }

  static List<CgroupEntry> parseAll(ProcText text) {
    List<CgroupEntry> cgroups = new ArrayList<>(16);
    while (!text.atEnd()) {
      int hierarchy = text.integer();
      String controllers = text.expect(':').until(':');
      cgroups.add(new CgroupEntry(hierarchy, split(controllers), text.line()));
    }
    return cgroups;
  }

  private static List<String> split(String names) {
    List<String> list = new ArrayList<>(1);
    int start = 0;
    for (int comma; (comma = names.indexOf(',', start)) >= 0; start = comma + 1) {
      list.add(names.substring(start, comma));
    }
    if (start < names.length()) {
      list.add(names.substring(start));
    }
    return list;
  }
}

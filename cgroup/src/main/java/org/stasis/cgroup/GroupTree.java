package org.stasis.cgroup;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.stasis.images.proto.CgroupDirEntry;
import org.stasis.images.proto.CgroupPerms;
import org.stasis.images.proto.CgroupPropEntry;
import org.stasis.linux.Directory;
import org.stasis.linux.Fd;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;

/** A group and those below it, with what they are set to, as images keep them. */
final class GroupTree {
  private GroupTree() {}

  /**
   * Reads a group and all below it.
   *
   * @param directory of the group
   * @param name what its entry says: the path below the entry it is put into, or from the root, no
   *     slash before it
   * @param hierarchy name of the hierarchy
   */
  static CgroupDirEntry capture(Path directory, String name, String hierarchy)
      throws SyscallException {
    CgroupDirEntry.Builder entry = CgroupDirEntry.newBuilder().setDirName(name);
    for (String property : Properties.of(hierarchy)) {
      Optional<String> value =
          Properties.MEMBERS.contains(property)
              ? Optional.of("")
              : GroupFile.read(directory, property);
      if (value.isPresent()) {
        capture(directory, property, value.get(), entry);
      }
    }
    entry.setDirPerms(permissions(Stat.of(null, directory.toString())));
    for (String child : children(directory)) {
      entry.addChildren(capture(directory.resolve(child), child, hierarchy));
    }
    return entry.build();
  }

  private static void capture(
      Path directory, String property, String value, CgroupDirEntry.Builder entry)
      throws SyscallException {
    Path file = directory.resolve(property);
    if (!java.nio.file.Files.exists(file)) {
      return; // tasks, in version 2
    }
    entry.addProperties(
        CgroupPropEntry.newBuilder()
            .setName(property)
            .setValue(property.equals(Properties.OOM_CONTROL) ? oomControl(value) : value)
            .setPerms(permissions(Stat.of(null, file.toString()))));
  }

  /** {@code oom_kill_disable N} and lines that only report. */
  private static String oomControl(String text) {
    return text.contains("oom_kill_disable 1") ? "1" : "0";
  }

  private static CgroupPerms permissions(Stat stat) {
    return CgroupPerms.newBuilder()
        .setMode(stat.mode())
        .setUid(stat.uid())
        .setGid(stat.gid())
        .build();
  }

  private static List<String> children(Path directory) throws SyscallException {
    try (Fd open = Fd.openDirectory(directory.toString())) {
      List<String> names = new java.util.ArrayList<>();
      for (Directory.Entry entry : Directory.list(open)) {
        if (entry.type() == Directory.DT_DIR) {
          names.add(entry.name());
        }
      }
      return names;
    }
  }
}

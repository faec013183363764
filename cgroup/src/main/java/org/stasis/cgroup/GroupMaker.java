package org.stasis.cgroup;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.stasis.engine.StasisException;
import org.stasis.engine.UndoStep;
import org.stasis.engine.options.CgroupMode;
import org.stasis.engine.spi.Undoing;
import org.stasis.images.proto.CgroupDirEntry;
import org.stasis.images.proto.CgroupPerms;
import org.stasis.images.proto.CgroupPropEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.Names;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;

/** Makes groups and sets them; those it made go when the restore fails. */
final class GroupMaker {
  private static final int PERMISSIONS = 07777;

  private final Hierarchies hierarchies;
  private final CgroupMode mode;
  private final Undoing undoing;

  GroupMaker(Hierarchies hierarchies, CgroupMode mode, Undoing undoing) {
    this.hierarchies = hierarchies;
    this.mode = mode;
    this.undoing = undoing;
  }

  /** The directory of a group of this machine. */
  Path directory(String hierarchy, String group) throws StasisException {
    return hierarchies
        .directory(hierarchy, group)
        .orElseThrow(
            () ->
                failure(
                    hierarchy,
                    group,
                    "its hierarchy is not mounted here",
                    "Mount it, or use --cgroup-yard or --manage-cgroups=ignore."));
  }

  private static StasisException failure(
      String hierarchy, String group, String problem, String remedy) {
    return new StasisException(
        "", "restoring the control group " + hierarchy + ":" + group, problem, 0, remedy, null);
  }

  /**
   * Makes a group and those below it, and sets them, as far as the mode says.
   *
   * @param hierarchy name of the hierarchy
   * @param group where the group comes back
   * @param entry what the images say of it
   */
  void restore(String hierarchy, String group, CgroupDirEntry entry) throws StasisException {
    if (mode == CgroupMode.NONE || mode == CgroupMode.IGNORE) {
      return;
    }
    Path directory = directory(hierarchy, group);
    boolean there = Files.isDirectory(directory);
    if (there && mode == CgroupMode.STRICT) {
      throw failure(
          hierarchy, group, "it is there already", "Remove it, or use another --manage-cgroups.");
    }
    if (!there && mode == CgroupMode.PROPS) {
      throw failure(
          hierarchy, group, "it is not there", "Make it, or use another --manage-cgroups.");
    }
    try {
      boolean isNew = make(hierarchy, directory);
      if (isNew || mode != CgroupMode.SOFT) {
        set(directory, entry);
      }
      if (isNew) {
        permit(directory, "", entry.hasDirPerms(), entry.getDirPerms());
      }
    } catch (SyscallException e) {
      throw new StasisException(
          "",
          "restoring the control group " + hierarchy + ":" + group,
          "Use --manage-cgroups=none to leave groups as they are.",
          e);
    }
    for (CgroupDirEntry child : entry.getChildrenList()) {
      restore(hierarchy, GroupPaths.join(group, "/" + child.getDirName()), child);
    }
  }

  /** Makes a group with all above it; tells whether it was not there. */
  private boolean make(String hierarchy, Path directory) throws SyscallException {
    if (Files.isDirectory(directory)) {
      return false;
    }
    Path above = directory.getParent();
    if (above != null && make(hierarchy, above)) {
      inheritCpus(hierarchy, above);
    }
    String name = String.valueOf(directory.getFileName());
    Fd parent = Fd.open(String.valueOf(above), Open.O_PATH | Open.O_DIRECTORY | Open.O_CLOEXEC);
    undoing.undoLater(new UndoStep(UndoStep.Kind.RMDIR, parent, name));
    Names.makeDirectory(parent, name, 0755);
    return true;
  }

  /** Nobody can enter a cpuset group of version 1 that has no processors or no memory. */
  private static void inheritCpus(String hierarchy, Path directory) throws SyscallException {
    if (!List.of(hierarchy.split(",", -1)).contains("cpuset")) {
      return;
    }
    for (String name : List.of("cpuset.cpus", "cpuset.mems")) {
      Path above = directory.getParent();
      if (above != null && GroupFile.read(directory, name).orElse("").isEmpty()) {
        GroupFile.write(directory, name, GroupFile.read(above, name).orElse(""));
      }
    }
  }

  private static void set(Path directory, CgroupDirEntry entry) throws SyscallException {
    for (CgroupPropEntry property : entry.getPropertiesList()) {
      String name = property.getName();
      if (name.indexOf('/') >= 0 || Properties.NEVER_RESTORED.contains(name)) {
        continue;
      }
      if (!Properties.MEMBERS.contains(name)) {
        set(directory, name, property.getValue());
      }
      permit(directory, name, property.hasPerms(), property.getPerms());
    }
  }

  private static void set(Path directory, String name, String value) throws SyscallException {
    Optional<String> now = GroupFile.read(directory, name);
    if (now.isEmpty() || now.get().equals(value)) {
      return; // a kernel without this setting, or nothing to do
    }
    switch (name) {
      case Properties.DEVICES -> setDevices(directory, value);
      case Properties.OOM_CONTROL -> {
        if (!now.get().contains("oom_kill_disable " + value)) {
          GroupFile.write(directory, name, value);
        }
      }
      case Properties.SUBTREE_CONTROL -> {
        if (!value.isEmpty()) {
          GroupFile.write(directory, name, "+" + value.replace(" ", " +"));
        }
      }
      default -> GroupFile.write(directory, name, value);
    }
  }

  private static void setDevices(Path directory, String list) throws SyscallException {
    GroupFile.write(directory, "devices.deny", "a");
    for (String line : list.split("\n", -1)) {
      if (!line.isEmpty()) {
        GroupFile.write(directory, "devices.allow", line);
      }
    }
  }

  private static void permit(Path directory, String name, boolean known, CgroupPerms perms)
      throws SyscallException {
    String path = name.isEmpty() ? directory.toString() : directory + "/" + name;
    if (known && Files.exists(Path.of(path))) {
      Names.changeOwner(null, path, perms.getUid(), perms.getGid(), Open.AT_SYMLINK_NOFOLLOW);
      Names.changeMode(null, path, perms.getMode() & PERMISSIONS);
    }
  }

  /** Puts a process, with all its threads, into a group. */
  void move(int pid, String hierarchy, String group) throws StasisException {
    Path directory = directory(hierarchy, group);
    try {
      if (mode != CgroupMode.NONE && mode != CgroupMode.PROPS && make(hierarchy, directory)) {
        inheritCpus(hierarchy, directory);
      }
      GroupFile.write(directory, "cgroup.procs", Integer.toString(pid));
    } catch (SyscallException e) {
      throw new StasisException(
          "",
          "moving a task into the control group " + hierarchy + ":" + group,
          "Use --cgroup-root to have it elsewhere, or --manage-cgroups=ignore.",
          e);
    }
  }
}

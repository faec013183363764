package org.stasis.cgroup;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.CgroupMode;
import org.stasis.engine.options.CgroupOptions;
import org.stasis.engine.options.CgroupRoot;
import org.stasis.engine.options.NamespaceKind;
import org.stasis.engine.spi.Namespaces;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.RebuiltTree;
import org.stasis.engine.spi.Stage;
import org.stasis.images.ImageKind;
import org.stasis.images.proto.CgControllerEntry;
import org.stasis.images.proto.CgMemberEntry;
import org.stasis.images.proto.CgSetEntry;
import org.stasis.images.proto.CgroupDirEntry;
import org.stasis.images.proto.CgroupEntry;
import org.stasis.images.proto.CoreEntry;
import org.stasis.linux.Processes;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

/**
 * Brings groups and membership back.
 *
 * <p>The engine makes the groups and moves tasks from outside. The root task goes to the root of
 * the tree's cgroup namespace first, if it has one, makes the namespace there, and goes to its own
 * group with all others once they exist. Nobody moves who is in the right group already.
 */
final class GroupRebuild {
  private final RebuildContext context;
  private final CgroupOptions options;
  private final int root;
  private final boolean ownNamespace;
  private final CgroupEntry image;
  private final Map<Integer, CgSetEntry> sets = new HashMap<>();
  private final Map<Integer, Integer> setByTask = new HashMap<>();
  private @Nullable GroupMaker maker;
  private @Nullable GroupMapping mapping;

  GroupRebuild(RebuildContext context) throws StasisException {
    this.context = context;
    this.options = context.options().cgroups();
    this.root = context.tasks().getFirst();
    Namespaces namespaces = context.kind(Namespaces.class).orElseThrow();
    this.ownNamespace =
        namespaces.own(NamespaceKind.CGROUP) && !namespaces.external(NamespaceKind.CGROUP);
    this.image = options.mode() == CgroupMode.IGNORE ? CgroupEntry.getDefaultInstance() : read();
    for (CgSetEntry set : image.getSetsList()) {
      sets.put(set.getId(), set);
    }
  }

  private CgroupEntry read() throws StasisException {
    try {
      CgroupEntry entry = context.images().find(ImageKind.CGROUP, CgroupEntry.parser());
      return entry == null ? CgroupEntry.getDefaultInstance() : entry;
    } catch (IOException e) {
      throw new StasisException(
          "", "reading control groups", String.valueOf(e.getMessage()), 0, "", e);
    }
  }

  void plan() throws StasisException {
    if (!sets.isEmpty()) {
      findMembers();
      if (context.box().isPresent() && isFlat()) {
        return; // where the runtime put the first process, all are
      }
      if (!setByTask.isEmpty()) {
        context.before(Stage.NAMESPACE_CONTENT, this::placeRoot);
        if (ownNamespace || setByTask.values().stream().distinct().count() > 1) {
          context.before(Stage.GROUPS, this::placeAll);
        }
      }
    }
    if (ownNamespace) {
      var program = context.program(root, Stage.NAMESPACE_CONTENT);
      program.why("making a cgroup namespace");
      program.call(SyscallNumber.UNSHARE, NamespaceKind.CGROUP.flag());
    }
  }

  /** Whether all are in one group that has none below. */
  private boolean isFlat() {
    for (CgControllerEntry controller : image.getControllersList()) {
      for (CgroupDirEntry dir : controller.getDirsList()) {
        if (dir.getChildrenCount() > 0) {
          return false;
        }
      }
    }
    return setByTask.values().stream().distinct().count() < 2;
  }

  /** Which set each task is in; none for those in the set of whoever dumped them. */
  private void findMembers() throws StasisException {
    int callers = context.images().inventory().getRootCgSet();
    for (int task : context.tasks()) {
      CoreEntry core = context.core(task);
      int set = core.getThreadCore().getCgSet();
      set = set != 0 ? set : core.getTc().getCgSet();
      if (set == 0 || set == callers) {
        continue;
      }
      if (!sets.containsKey(set)) {
        throw new StasisException(
            context.describe(task),
            "reading control groups",
            "there is no set " + set,
            0,
            "",
            null);
      }
      setByTask.put(task, set);
    }
  }

  private void placeRoot(RebuiltTree tree) throws StasisException {
    Integer rootSet = setByTask.get(root);
    CgSetEntry set = rootSet == null ? CgSetEntry.getDefaultInstance() : sets.get(rootSet);
    try (ProcFs proc = ProcFs.open();
        ProcTask self = proc.task(Processes.self());
        ProcTask launcher = proc.task(tree.rootAgent().pid())) {
      Membership there = Membership.of(launcher);
      List<CgroupRoot> roots = context.box().isPresent() ? there.asRoots() : options.roots();
      mapping = new GroupMapping(image.getControllersList(), set, roots, there);
      maker = new GroupMaker(Hierarchies.seenBy(self, options.yard()), options.mode(), tree);
      for (CgControllerEntry controller : image.getControllersList()) {
        String hierarchy = GroupMapping.hierarchy(controller);
        for (CgroupDirEntry dir : controller.getDirsList()) {
          maker.restore(hierarchy, mapping.map(hierarchy, "/" + dir.getDirName()), dir);
        }
      }
      place(proc, tree.hostPid(root), set, ownNamespace);
    } catch (SyscallException e) {
      throw new StasisException("", "looking at control groups", "", e);
    }
  }

  private void placeAll(RebuiltTree tree) throws StasisException {
    try (ProcFs proc = ProcFs.open()) {
      for (Map.Entry<Integer, Integer> each : setByTask.entrySet()) {
        place(proc, tree.hostPid(each.getKey()), sets.get(each.getValue()), false);
      }
    } catch (SyscallException e) {
      throw new StasisException("", "looking at control groups", "", e);
    }
  }

  private void place(ProcFs proc, int pid, CgSetEntry set, boolean atNamespaceRoot)
      throws StasisException, SyscallException {
    if (maker == null || mapping == null) {
      throw new IllegalStateException("groups are not made yet");
    }
    Membership now;
    try (ProcTask task = proc.task(pid)) {
      now = Membership.of(task);
    }
    for (CgMemberEntry member : set.getCtlsList()) {
      String hierarchy = member.getName();
      String path = member.getPath();
      if (atNamespaceRoot && member.hasCgnsPrefix()) {
        path = member.getCgnsPrefix() == 0 ? "/" : path.substring(0, member.getCgnsPrefix());
      }
      String wanted = mapping.map(hierarchy, path);
      String current = now.groups().get(hierarchy);
      if (current == null) {
        throw new StasisException(
            "",
            "restoring the control group " + hierarchy + ":" + wanted,
            "this machine has no such hierarchy",
            0,
            "Use --manage-cgroups=ignore.",
            null);
      }
      if (!current.equals(wanted)) {
        maker.move(pid, hierarchy, wanted);
      }
    }
  }
}

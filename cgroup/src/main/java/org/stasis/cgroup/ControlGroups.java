package org.stasis.cgroup;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import org.stasis.engine.Obstacle;
import org.stasis.engine.StasisException;
import org.stasis.engine.ns.NamespaceThread;
import org.stasis.engine.options.CgroupMode;
import org.stasis.engine.options.CgroupOptions;
import org.stasis.engine.options.NamespaceKind;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.Cgroups;
import org.stasis.engine.spi.Freezer;
import org.stasis.engine.spi.Namespaces;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.TaskView;
import org.stasis.engine.spi.TreeKind;
import org.stasis.images.ImageKind;
import org.stasis.images.proto.CgControllerEntry;
import org.stasis.images.proto.CgroupEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.Processes;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

/** The control groups of a tree: membership, settings, and what freezes it. */
public final class ControlGroups implements TreeKind, Cgroups, Freezer {
  private static final int READ = Open.O_RDONLY | Open.O_CLOEXEC;

  private final Map<Integer, Integer> setByTid = new HashMap<>();
  private boolean carried;

  /** For the service loader. */
  public ControlGroups() {}

  @Override
  public int order() {
    return 30;
  }

  @Override
  public int set(TaskView task, int tid) throws StasisException {
    if (!carried) {
      return 0;
    }
    Integer id = setByTid.get(tid);
    if (id == null) {
      throw new StasisException(
          task.describe(), "looking for the groups of thread " + tid, "not captured", 0, "", null);
    }
    return id;
  }

  @Override
  public OptionalInt callerSet() {
    return carried ? OptionalInt.of(GroupSets.CALLERS) : OptionalInt.empty();
  }

  @Override
  public Optional<Freezer.Group> frozen(int pid, Optional<Path> group) throws StasisException {
    try {
      if (group.isPresent()) {
        return Freezers.frozen(group.get());
      }
      try (ProcFs proc = ProcFs.open();
          ProcTask task = proc.task(pid);
          ProcTask self = proc.task(Processes.self())) {
        Membership groups = Membership.of(task);
        Hierarchies hierarchies = Hierarchies.seenBy(self, Optional.empty());
        for (Map.Entry<String, String> each : groups.groups().entrySet()) {
          if (each.getKey().isEmpty()
              || List.of(each.getKey().split(",", -1)).contains("freezer")) {
            Optional<Path> directory = hierarchies.directory(each.getKey(), each.getValue());
            Optional<Freezer.Group> frozen =
                directory.isEmpty() ? Optional.empty() : Freezers.frozen(directory.get());
            if (frozen.isPresent()) {
              return frozen;
            }
          }
        }
        return Optional.empty();
      }
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ESRCH)) {
        return Optional.empty(); // no such process, which is told elsewhere
      }
      throw new StasisException("task " + pid, "looking whether it is frozen", "", e);
    }
  }

  @Override
  public void capture(CaptureContext capture) throws StasisException {
    CgroupOptions options = capture.options().cgroups();
    if (options.mode() == CgroupMode.IGNORE) {
      return;
    }
    refuseUnknown(options);
    carried = true;
    TaskView root = capture.tasks().getFirst();
    try (ProcFs proc = ProcFs.open();
        ProcTask caller = proc.task(capture.callerPid());
        ProcTask self = proc.task(Processes.self());
        ProcTask rootTask = proc.task(root.pid())) {
      Membership callers = Membership.of(caller);
      GroupSets sets = new GroupSets(callers);
      findSets(capture, proc, sets);
      Membership roots = Membership.of(rootTask);
      Map<String, String> namespaceRoot =
          capture.kind(Namespaces.class).orElseThrow().own(NamespaceKind.CGROUP)
              ? namespaceRoot(proc, rootTask, roots)
              : Map.of();
      CgroupEntry.Builder entry = CgroupEntry.newBuilder();
      for (Map.Entry<Membership, Integer> set : sets.all().entrySet()) {
        if (set.getValue() != GroupSets.CALLERS) {
          entry.addSets(GroupSets.entry(set.getValue(), set.getKey(), namespaceRoot));
        }
      }
      if (entry.getSetsCount() > 0) {
        Hierarchies hierarchies = Hierarchies.seenBy(self, options.yard());
        entry.addAllControllers(
            controllers(capture, callers, roots, sets, hierarchies, namespaceRoot));
        capture.whenWriting(images -> images.write(ImageKind.CGROUP, entry.build()));
      }
    } catch (SyscallException e) {
      throw new StasisException(root.describe(), "looking at its control groups", "", e);
    }
  }

  private static void refuseUnknown(CgroupOptions options) throws StasisException {
    if (options.properties().isPresent() || options.propertiesFile().isPresent()) {
      throw new StasisException(
          "",
          "choosing settings of control groups",
          "lists of settings cannot be given yet",
          0,
          "Leave --cgroup-props and --cgroup-props-file out.",
          null);
    }
  }

  private void findSets(CaptureContext capture, ProcFs proc, GroupSets sets)
      throws SyscallException {
    for (TaskView task : capture.tasks()) {
      try (ProcTask process = proc.task(task.pid())) {
        int ofProcess = sets.id(Membership.of(process));
        setByTid.put(task.pid(), ofProcess);
        for (int tid : process.threads()) {
          if (tid != task.pid()) {
            try (ProcTask thread = proc.thread(task.pid(), tid)) {
              int id = sets.id(Membership.of(thread));
              setByTid.put(tid, id);
              if (id != ofProcess) {
                capture.obstacle(
                    new Obstacle(
                        task.describe(),
                        "thread " + tid,
                        "it is in other control groups than its process",
                        "use --manage-cgroups=ignore"));
              }
            }
          }
        }
      }
    }
  }

  /** The root of a task's cgroup namespace, seen from ours. */
  private static Map<String, String> namespaceRoot(ProcFs proc, ProcTask root, Membership seenHere)
      throws SyscallException {
    Membership seenThere;
    try (Fd namespace = root.open("ns/cgroup", READ)) {
      seenThere =
          NamespaceThread.call(
              List.of(namespace),
              () -> {
                try (ProcTask task = proc.task(root.id())) {
                  return Membership.of(task);
                }
              });
    }
    Map<String, String> roots = new TreeMap<>();
    for (Map.Entry<String, String> here : seenHere.groups().entrySet()) {
      String inside = seenThere.groups().get(here.getKey());
      String path = here.getValue();
      if (inside != null && inside.equals("/")) {
        roots.put(here.getKey(), path);
      } else if (inside != null && path.endsWith(inside)) {
        String above = path.substring(0, path.length() - inside.length());
        roots.put(here.getKey(), above.isEmpty() ? "/" : above);
      }
    }
    return roots;
  }

  /** The groups of the tree, and those below, of every hierarchy that is not the caller's alone. */
  private static List<CgControllerEntry> controllers(
      CaptureContext capture,
      Membership callers,
      Membership roots,
      GroupSets sets,
      Hierarchies hierarchies,
      Map<String, String> namespaceRoot)
      throws SyscallException {
    List<CgControllerEntry> controllers = new ArrayList<>();
    List<String> only = capture.options().cgroups().dumpControllers();
    for (String hierarchy : roots.hierarchies()) {
      if (!only.isEmpty() && !only.contains(hierarchy)) {
        continue;
      }
      Set<String> groups = new LinkedHashSet<>();
      String first = roots.groups().get(hierarchy);
      String top =
          CgroupRoots.find(capture.options().cgroups().roots(), hierarchy)
              .filter(root -> GroupPaths.isBelow(first, root))
              .orElse(namespaceRoot.getOrDefault(hierarchy, first));
      for (Membership each : sets.all().keySet()) {
        String group = each.groups().getOrDefault(hierarchy, "/");
        if (!group.equals("/") // that of the whole machine
            && sets.all().get(each) != GroupSets.CALLERS
            && !group.equals(callers.groups().get(hierarchy))) {
          groups.add(GroupPaths.isBelow(group, top) ? top : group);
        }
      }
      if (!groups.isEmpty()) {
        controllers.add(controller(capture, hierarchy, topmost(groups), hierarchies));
      }
    }
    return controllers;
  }

  private static List<String> topmost(Set<String> groups) {
    List<String> topmost = new ArrayList<>();
    for (String group : groups) {
      boolean below = false;
      for (String other : groups) {
        below |= !other.equals(group) && GroupPaths.isBelow(group, other);
      }
      if (!below) {
        topmost.add(group);
      }
    }
    return topmost;
  }

  private static CgControllerEntry controller(
      CaptureContext capture, String hierarchy, List<String> groups, Hierarchies hierarchies)
      throws SyscallException {
    CgControllerEntry.Builder entry = CgControllerEntry.newBuilder();
    for (String name : hierarchy.split(",", -1)) {
      entry.addCnames(name);
    }
    boolean threaded = !hierarchy.isEmpty();
    for (String group : groups) {
      Optional<Path> directory = hierarchies.directory(hierarchy, group);
      if (directory.isEmpty()) {
        capture.obstacle(
            new Obstacle(
                "",
                "control group " + hierarchy + ":" + group,
                "its hierarchy is not mounted here",
                "mount it, or use --cgroup-yard or --manage-cgroups=ignore"));
        continue;
      }
      threaded |= GroupFile.read(directory.get(), "cgroup.type").orElse("").equals("threaded");
      entry.addDirs(GroupTree.capture(directory.get(), group.substring(1), hierarchy));
    }
    return entry.setIsThreaded(threaded).build();
  }

  @Override
  public void plan(RebuildContext context) throws StasisException {
    refuseUnknown(context.options().cgroups());
    new GroupRebuild(context).plan();
  }
}

package org.stasis.engine.rebuild;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.memory.VmaStatus;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.Stage;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FdinfoEntry;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.VmaEntry;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Program;

/**
 * Decides which task makes which open files, and when. Files that must be made together form a
 * cluster; a cluster is made by the nearest task from which all who hold one of its files descend,
 * before that task makes its children, who inherit them. So no file has to be passed on.
 */
final class FilePlan {
  private static final int O_CLOEXEC = 02000000;
  private static final int FD_CLOEXEC = 1;
  private static final int SMALL_CLUSTER = 16;
  private static final int F_SETFD = 2;

  private final RebuildPlanner planner;
  private final Map<Integer, TaskImages> tasks;
  private final Map<Integer, FileEntry> files;
  private final Collection<FileKind> kinds;
  private final DescriptorNumbers numbers;
  private final Map<Integer, Set<Integer>> users = new LinkedHashMap<>();
  private final Map<Integer, Cluster> clusterOf = new HashMap<>();

  FilePlan(
      RebuildPlanner planner,
      Map<Integer, TaskImages> tasks,
      Map<Integer, FileEntry> files,
      Collection<FileKind> kinds,
      DescriptorNumbers numbers) {
    this.planner = planner;
    this.tasks = tasks;
    this.files = files;
    this.kinds = kinds;
    this.numbers = numbers;
  }

  /** Files made together, with where and when. */
  private static final class Cluster {
    final FileKind kind;
    final List<FileEntry> files = new ArrayList<>();
    final Set<Integer> needs = new LinkedHashSet<>();
    int maker;
    boolean shared;
    boolean planned;

    Cluster(FileKind kind) {
      this.kind = kind;
    }
  }

  void plan() throws StasisException {
    for (FileKind kind : kinds) {
      kind.begin(planner);
    }
    collectUsers();
    Collection<Cluster> clusters = cluster();
    assignMakers(clusters);
    placeAtOnce(clusters);
    for (Cluster cluster : clusters) {
      plan(cluster, new ArrayList<>());
    }
    for (FileKind kind : kinds) {
      kind.planInPlace(planner);
    }
    planDescriptors();
  }

  private void collectUsers() throws StasisException {
    for (TaskImages task : tasks.values()) {
      if (task.isZombie()) {
        continue;
      }
      for (FdinfoEntry fd : task.descriptors()) {
        use(fd.getId(), task);
      }
      use(task.mappings().getExeFileId(), task);
      use(task.directories().getCwdId(), task);
      use(task.directories().getRootId(), task);
      for (VmaEntry vma : task.mappings().getVmasList()) {
        int file =
            VmaStatus.FILE_PRIVATE | VmaStatus.FILE_SHARED | VmaStatus.MEMFD | VmaStatus.SOCKET;
        if ((vma.getStatus() & file) != 0) {
          use(Math.toIntExact(vma.getShmid()), task);
        }
      }
    }
  }

  private void use(int id, TaskImages task) throws StasisException {
    if (!files.containsKey(id)) {
      throw new StasisException(
          task.describe(), "reading files.img", "it has no file " + id, 0, "", null);
    }
    users.computeIfAbsent(id, _ -> new LinkedHashSet<>()).add(task.pid());
  }

  private Collection<Cluster> cluster() throws StasisException {
    Map<FdTypes, FileKind> byType = new HashMap<>();
    for (FileKind kind : kinds) {
      for (FdTypes type : kind.types()) {
        byType.put(type, kind);
      }
    }
    Set<Cluster> clusters = new LinkedHashSet<>();
    Map<String, Cluster> byName = new HashMap<>();
    List<Integer> todo = new ArrayList<>(users.keySet());
    for (int i = 0; i < todo.size(); i++) {
      FileEntry file = files.get(todo.get(i));
      if (clusterOf.containsKey(file.getId())) {
        continue;
      }
      FileKind kind = byType.get(file.getType());
      if (kind == null) {
        throw new StasisException(
            planner.describe(users.get(file.getId()).iterator().next()),
            "restoring file " + file.getId(),
            "files of type " + file.getType() + " are not carried",
            0,
            "",
            null);
      }
      Cluster cluster = new Cluster(kind);
      for (String name : kind.clusters(file)) {
        Cluster known = byName.get(name);
        if (known != null && known != cluster) {
          cluster = merge(known, cluster, clusters, byName);
        }
        byName.put(name, cluster);
      }
      cluster.files.add(file);
      clusterOf.put(file.getId(), cluster);
      clusters.add(cluster);
      for (int pid : kind.openFor(file)) {
        TaskImages task = tasks.get(pid);
        if (task != null && !task.isZombie()) {
          users.get(file.getId()).add(pid);
          cluster.shared = true; // made before any child
        }
      }
      for (int needed : kind.needs(file)) {
        cluster.needs.add(needed);
        users.computeIfAbsent(needed, _ -> new LinkedHashSet<>());
        todo.add(needed);
      }
    }
    return clusters;
  }

  private Cluster merge(
      Cluster into, Cluster from, Set<Cluster> clusters, Map<String, Cluster> byName) {
    for (FileEntry file : from.files) {
      clusterOf.put(file.getId(), into);
    }
    into.files.addAll(from.files);
    into.needs.addAll(from.needs);
    into.shared |= from.shared;
    clusters.remove(from);
    byName.replaceAll((_, cluster) -> cluster == from ? into : cluster);
    return into;
  }

  /** What a cluster needs must be made by the same task or one above it, so makers move up. */
  private void assignMakers(Collection<Cluster> clusters) {
    for (boolean changed = true; changed; ) {
      changed = false;
      for (Cluster cluster : clusters) {
        Set<Integer> all = new LinkedHashSet<>();
        for (FileEntry file : cluster.files) {
          all.addAll(users.get(file.getId()));
        }
        int nearest = nearest(all);
        int maker = ownerOfDirectories(nearest);
        boolean shared = cluster.shared || all.size() > 1 || maker != nearest;
        changed |= maker != cluster.maker || shared != cluster.shared;
        cluster.maker = maker;
        cluster.shared = shared;
        for (int needed : cluster.needs) {
          changed |= users.get(needed).add(maker);
          Cluster other = clusterOf.get(needed);
          if (shared && other.maker == maker && !other.shared) {
            other.shared = true;
            changed = true;
          }
        }
      }
    }
  }

  /** A large cluster, of connections for example, has many files open before they are moved. */
  private void placeAtOnce(Collection<Cluster> clusters) {
    for (Cluster cluster : clusters) {
      if (!cluster.shared && cluster.files.size() <= SMALL_CLUSTER) {
        for (FileEntry file : cluster.files) {
          numbers.placeAtOnce(file.getId(), cluster.maker);
        }
      }
    }
  }

  /**
   * Who makes what a task needs: some files are made from another directory, and with one that is
   * shared (CLONE_FS) only one task at a time may go there.
   */
  private int ownerOfDirectories(int pid) {
    TaskImages task = tasks.get(pid);
    while (task != null && task.sharesDirectories(parent(task))) {
      task = parent(task);
    }
    return task == null ? pid : task.pid();
  }

  private @Nullable TaskImages parent(TaskImages task) {
    return tasks.get(task.entry().getPpid());
  }

  private int nearest(Set<Integer> pids) {
    int nearest = 0;
    for (int pid : pids) {
      nearest = nearest == 0 ? pid : nearest(nearest, pid);
    }
    return nearest;
  }

  private int nearest(int a, int b) {
    Set<Integer> above = new LinkedHashSet<>();
    for (int pid = a; pid != 0; pid = tasks.get(pid).entry().getPpid()) {
      above.add(pid);
    }
    int pid = b;
    while (!above.contains(pid)) {
      pid = tasks.get(pid).entry().getPpid();
    }
    return pid;
  }

  private void plan(Cluster cluster, List<Cluster> path) throws StasisException {
    if (cluster.planned || cluster.maker == 0) {
      return; // needed by nobody who is left
    }
    if (path.contains(cluster)) {
      return; // a circle: see FileKind.needs
    }
    path.add(cluster);
    for (int needed : cluster.needs) {
      plan(clusterOf.get(needed), path);
    }
    path.remove(cluster);
    cluster.planned = true;
    Program program =
        planner.program(cluster.maker, cluster.shared ? Stage.SHARED_FILES : Stage.FILES);
    Consumer<ClusterPlanner.Opened> move =
        opened -> {
          program.call(
              SyscallNumber.DUP3,
              opened.fd(),
              Argument.of(numbers.temporary(opened.id())),
              Argument.of(O_CLOEXEC));
          program.call(SyscallNumber.CLOSE, opened.fd());
        };
    cluster.kind.plan(cluster.files, new ClusterPlanner(planner, cluster.maker, program, move));
  }

  private void planDescriptors() {
    for (TaskImages task : tasks.values()) {
      if (task.isZombie() || task.sharesDescriptors(parent(task))) {
        continue;
      }
      Program program = planner.program(task.pid(), Stage.DESCRIPTORS);
      for (FdinfoEntry fd : task.descriptors()) {
        program.why("putting fd " + fd.getFd() + " in place");
        boolean closes = (fd.getFlags() & FD_CLOEXEC) != 0;
        if (numbers.temporary(fd.getId()) != fd.getFd()) {
          program.call(
              SyscallNumber.DUP3,
              numbers.temporary(fd.getId()),
              fd.getFd(),
              closes ? O_CLOEXEC : 0);
        } else if (!closes) {
          program.call(SyscallNumber.FCNTL, fd.getFd(), F_SETFD, 0);
        }
      }
    }
  }
}

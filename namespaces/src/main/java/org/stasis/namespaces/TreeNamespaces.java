package org.stasis.namespaces;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.Obstacle;
import org.stasis.engine.StasisException;
import org.stasis.engine.memory.SharedContent;
import org.stasis.engine.ns.NamespaceThread;
import org.stasis.engine.ns.UserIds;
import org.stasis.engine.options.External;
import org.stasis.engine.options.NamespaceKind;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.Namespaces;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.TaskView;
import org.stasis.engine.spi.TreeKind;
import org.stasis.images.ImageKind;
import org.stasis.images.proto.NetnsEntry;
import org.stasis.images.proto.PidnsEntry;
import org.stasis.images.proto.TaskKobjIdsEntry;
import org.stasis.images.proto.TimensEntry;
import org.stasis.images.proto.UtsnsEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.Processes;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;
import org.stasis.namespaces.TimeNamespace.Clocks;

/**
 * Which namespaces a tree lives in. Namespaces of the caller belong to the machine; others are the
 * tree's own, and come back with what is in them, unless the caller provides them.
 */
public final class TreeNamespaces implements TreeKind, Namespaces {
  private static final int READ = Open.O_RDONLY | Open.O_CLOEXEC;

  private static final List<NamespaceKind> INSIDE =
      List.of(NamespaceKind.UTS, NamespaceKind.IPC, NamespaceKind.NET);

  private final NamespaceIds numbers = new NamespaceIds();
  private final Map<Integer, NamespaceIds.Of> byPid = new HashMap<>();
  private NamespaceIds.@Nullable Of caller;
  private final Map<NamespaceKind, Integer> rootIds = new EnumMap<>(NamespaceKind.class);
  private final Set<NamespaceKind> own = EnumSet.noneOf(NamespaceKind.class);
  private final Set<NamespaceKind> external = EnumSet.noneOf(NamespaceKind.class);

  private UserIds userIds = UserIds.SAME;
  private @Nullable IpcCapture ipc; // keeps the files of shared memory until they are written

  /** For the service loader. */
  public TreeNamespaces() {}

  @Override
  public int order() {
    return 10;
  }

  @Override
  public boolean own(NamespaceKind kind) {
    return own.contains(kind);
  }

  @Override
  public boolean external(NamespaceKind kind) {
    return external.contains(kind);
  }

  @Override
  public int rootId(NamespaceKind kind) {
    return rootIds.getOrDefault(kind, 0);
  }

  @Override
  public UserIds userIds() {
    return userIds;
  }

  @Override
  public int id(TaskView task, NamespaceKind kind) throws StasisException {
    return of(task).id(kind);
  }

  @Override
  public void ids(TaskView task, TaskKobjIdsEntry.Builder ids) throws StasisException {
    NamespaceIds.write(of(task), ids);
  }

  @Override
  public void callerIds(TaskKobjIdsEntry.Builder ids) {
    if (caller == null) {
      throw new IllegalStateException("namespaces have not been captured yet");
    }
    NamespaceIds.write(caller, ids);
  }

  private NamespaceIds.Of of(TaskView task) throws StasisException {
    NamespaceIds.Of known = byPid.get(task.pid());
    if (known == null) {
      throw new StasisException(
          task.describe(), "looking for its namespaces", "it was not captured", 0, "", null);
    }
    return known;
  }

  @Override
  public void capture(CaptureContext capture) throws StasisException {
    TaskView root = capture.tasks().getFirst();
    try (ProcFs proc = ProcFs.open();
        ProcTask here = proc.task(capture.callerPid())) {
      caller = numbers.look(here);
      for (TaskView task : capture.tasks()) {
        look(capture, proc, task, root);
      }
      NamespaceIds.Of ofRoot = of(root);
      for (NamespaceKind kind : NamespaceIds.ORDER) {
        rootIds.put(kind, ofRoot.id(kind));
        if (ofRoot.id(kind) != caller.id(kind)) {
          own.add(kind);
        }
      }
      findExternal(capture, ofRoot);
      checkOwn(capture, root, ofRoot);
      try (ProcTask task = proc.task(root.pid())) {
        if (own.contains(NamespaceKind.USER)) {
          userIds = UserNamespace.capture(capture, task, ofRoot, owned());
        }
        captureContent(capture, proc, task);
      }
    } catch (SyscallException e) {
      throw new StasisException(root.describe(), "looking at its namespaces", "", e);
    } catch (IOException e) {
      throw new StasisException(
          root.describe(), "looking at its namespaces", String.valueOf(e.getMessage()), 0, "", e);
    }
  }

  private void look(CaptureContext capture, ProcFs proc, TaskView task, TaskView root)
      throws StasisException, SyscallException {
    try (ProcTask open = proc.task(task.pid())) {
      NamespaceIds.Of of = numbers.look(open);
      byPid.put(task.pid(), of);
      for (NamespaceKind kind : NamespaceIds.ORDER) {
        if (of.id(kind) != of(root).id(kind)) {
          capture.obstacle(
              new Obstacle(
                  task.describe(),
                  kind.word() + " namespace",
                  "it is not the one of the root task; nested ones cannot be carried yet",
                  ""));
        }
      }
      checkChildren(capture, task, of, NamespaceKind.PID, open.namespace("pid_for_children"));
      checkChildren(capture, task, of, NamespaceKind.TIME, open.namespace("time_for_children"));
      checkThreads(capture, proc, task, of, open.threads());
    }
  }

  private static void checkChildren(
      CaptureContext capture,
      TaskView task,
      NamespaceIds.Of of,
      NamespaceKind kind,
      long forChildren) {
    if (forChildren != 0 && forChildren != of.inode(kind)) {
      capture.obstacle(
          new Obstacle(
              task.describe(),
              kind.word() + " namespace",
              "its children will be in another one than itself, which cannot be carried yet",
              ""));
    }
  }

  private static void checkThreads(
      CaptureContext capture, ProcFs proc, TaskView task, NamespaceIds.Of of, int[] threads)
      throws SyscallException {
    for (int tid : threads) {
      if (tid == task.pid()) {
        continue;
      }
      try (ProcTask thread = proc.thread(task.pid(), tid)) {
        for (NamespaceKind kind :
            List.of(NamespaceKind.MNT, NamespaceKind.NET, NamespaceKind.IPC, NamespaceKind.UTS)) {
          if (thread.namespace(kind.word()) != of.inode(kind)) {
            capture.obstacle(
                new Obstacle(
                    task.describe(),
                    "thread " + tid,
                    "its " + kind.word() + " namespace is not the one of its process",
                    ""));
          }
        }
      }
    }
  }

  private void findExternal(CaptureContext capture, NamespaceIds.Of root) {
    for (External each : capture.options().externals()) {
      if (each instanceof External.Namespace(NamespaceKind kind, long inode, String label)
          && own.contains(kind)
          && root.inode(kind) == inode) {
        external.add(kind);
        int id = root.id(kind);
        if (kind == NamespaceKind.NET) {
          NetnsEntry entry = NetnsEntry.newBuilder().setExtKey(label).build();
          capture.whenWriting(images -> images.write(ImageKind.NETNS, id, entry));
        } else {
          PidnsEntry entry = PidnsEntry.newBuilder().setExtKey(label).build();
          capture.whenWriting(images -> images.write(ImageKind.PIDNS, id, entry));
        }
      }
    }
  }

  /** Namespaces that a user namespace of the tree has to own. */
  private Set<NamespaceKind> owned() {
    Set<NamespaceKind> owned = EnumSet.noneOf(NamespaceKind.class);
    owned.addAll(own);
    owned.removeAll(external);
    owned.remove(NamespaceKind.USER);
    owned.remove(NamespaceKind.TIME); // its offsets are set before anybody is in it
    return owned;
  }

  private void checkOwn(CaptureContext capture, TaskView root, NamespaceIds.Of ofRoot) {
    if (own.contains(NamespaceKind.PID)
        && !external.contains(NamespaceKind.PID)
        && root.nsPid() != 1) {
      capture.obstacle(
          new Obstacle(
              root.describe(),
              "pid namespace",
              "it is not the first process of its namespace, which ends with that process",
              "dump process 1 of the namespace, or use --external pid["
                  + ofRoot.inode(NamespaceKind.PID)
                  + "]:NAME"));
    }
  }

  /** What is read in a thread that has entered the tree's namespaces. */
  private record Content(
      @Nullable UtsnsEntry names,
      @Nullable IpcCapture ipc,
      List<Obstacle> queues,
      @Nullable NetCapture net) {}

  private void captureContent(CaptureContext capture, ProcFs proc, ProcTask root)
      throws IOException {
    captureClocks(capture, proc, root);
    List<Fd> inside = new ArrayList<>();
    try {
      for (NamespaceKind kind : INSIDE) {
        if (isCarried(capture, kind)) {
          inside.add(root.open("ns/" + kind.word(), READ));
        }
      }
      if (inside.isEmpty()) {
        return;
      }
      boolean net = isCarried(capture, NamespaceKind.NET);
      Content content = NamespaceThread.<Content, IOException>call(inside, () -> readContent(net));
      if (content.ipc() != null) {
        ipc = content.ipc();
        SharedContent shared = new SharedContent();
        ipc.register(shared);
        shared.captured(capture);
      }
      content.queues().forEach(capture::obstacle);
      if (content.net() != null) {
        content.net().obstacles().forEach(capture::obstacle);
      }
      capture.whenWriting(
          images -> {
            if (content.names() != null) {
              images.write(ImageKind.UTSNS, rootId(NamespaceKind.UTS), content.names());
            }
            if (content.ipc() != null) {
              content.ipc().write(images, rootId(NamespaceKind.IPC));
            }
            if (content.net() != null) {
              content.net().write(images, rootId(NamespaceKind.NET));
            }
          });
    } finally {
      for (Fd each : inside) {
        each.close();
      }
    }
  }

  private boolean isCarried(CaptureContext capture, NamespaceKind kind) {
    return own.contains(kind)
        && !external.contains(kind)
        && !(kind == NamespaceKind.NET && capture.options().emptyNetNamespace());
  }

  private Content readContent(boolean net) throws SyscallException, IOException {
    return new Content(
        own.contains(NamespaceKind.UTS) ? UtsNamespace.capture() : null,
        own.contains(NamespaceKind.IPC) ? new IpcCapture(userIds) : null,
        own.contains(NamespaceKind.IPC) ? IpcCapture.posixQueues() : List.of(),
        net ? new NetCapture() : null);
  }

  private void captureClocks(CaptureContext capture, ProcFs proc, ProcTask root)
      throws SyscallException {
    if (rootId(NamespaceKind.TIME) == 0) {
      return; // a kernel without time namespaces
    }
    TimensEntry entry;
    try (ProcTask self = proc.task(Processes.self())) {
      entry = TimeNamespace.entry(Clocks.now(), self.timeOffsets(), root.timeOffsets());
    }
    int id = own.contains(NamespaceKind.TIME) ? rootId(NamespaceKind.TIME) : 0;
    capture.whenWriting(images -> images.write(ImageKind.TIMENS, id, entry));
  }

  @Override
  public void release() throws SyscallException {
    if (ipc != null) {
      ipc.close();
    }
  }

  @Override
  public void plan(RebuildContext rebuild) throws StasisException {
    userIds = new NamespacePlan(rebuild, rootIds, own, external).plan();
  }
}

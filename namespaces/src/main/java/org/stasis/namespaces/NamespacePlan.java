package org.stasis.namespaces;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.Action;
import org.stasis.engine.ActionRefusedException;
import org.stasis.engine.StasisException;
import org.stasis.engine.ns.UserIds;
import org.stasis.engine.options.Box;
import org.stasis.engine.options.JoinNamespace;
import org.stasis.engine.options.NamespaceKind;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.RebuiltTree;
import org.stasis.engine.spi.Stage;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSet;
import org.stasis.images.proto.NetnsEntry;
import org.stasis.images.proto.PidnsEntry;
import org.stasis.images.proto.TaskKobjIdsEntry;
import org.stasis.images.proto.TimensEntry;
import org.stasis.linux.Open;
import org.stasis.linux.Processes;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Program;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;
import org.stasis.linux.proc.TimeOffsets;
import org.stasis.namespaces.TimeNamespace.Clocks;

/**
 * Plans the namespaces of a restored tree: which flags the root task is cloned with, what the root
 * agent does before, and what the root task does first.
 *
 * <p>A pid namespace must be there before its first process, and the clocks of a time namespace
 * must be set before anybody is in it. The others are made or entered by the root task. A cgroup
 * namespace has its root where its maker is, so it waits until control groups are restored.
 */
final class NamespacePlan {
  private final RebuildContext rebuild;
  private final ImageSet images;
  private final int root;
  private final Map<NamespaceKind, Integer> rootIds;
  private final Set<NamespaceKind> own;
  private final Set<NamespaceKind> external;
  private UserIds userIds = UserIds.SAME;

  NamespacePlan(
      RebuildContext rebuild,
      Map<NamespaceKind, Integer> rootIds,
      Set<NamespaceKind> own,
      Set<NamespaceKind> external) {
    this.rebuild = rebuild;
    this.images = rebuild.images();
    this.root = rebuild.tasks().getFirst();
    this.rootIds = rootIds;
    this.own = own;
    this.external = external;
  }

  /** Returns what the tree's user and group ids are here. */
  UserIds plan() throws StasisException {
    findOwn();
    if (own.contains(NamespaceKind.USER)) {
      userIds =
          reading("the user namespace", () -> UserNamespace.read(images, id(NamespaceKind.USER)));
    }
    if (rebuild.box().isPresent()) {
      planIn(rebuild.box().get().box());
      return userIds;
    }
    if (own.contains(NamespaceKind.USER)) {
      UserNamespace.plan(rebuild, root, userIds);
    }
    boolean clocksJoined = planJoined();
    planPid();
    if (!clocksJoined) {
      planTime();
    }
    planNet();
    int made = 0;
    for (NamespaceKind kind : Set.of(NamespaceKind.UTS, NamespaceKind.IPC, NamespaceKind.NET)) {
      made |= isMade(kind) ? kind.flag() : 0;
    }
    if (made != 0) {
      Program program = rebuild.program(root, Stage.NAMESPACES);
      program.why("making namespaces");
      program.call(SyscallNumber.UNSHARE, made);
    }
    if (!own.isEmpty()) {
      rebuild.before(Stage.NAMESPACE_CONTENT, tree -> announce(tree, Action.SETUP_NAMESPACES));
      rebuild.before(Stage.MOUNTED, tree -> announce(tree, Action.POST_SETUP_NAMESPACES));
    }
    planContent();
    return userIds;
  }

  /**
   * A container's namespaces are there, and its names, addresses and settings are those of its
   * configuration. Clocks go on, and objects of its own IPC namespace come back.
   */
  private void planIn(Box box) throws StasisException {
    external.addAll(own);
    planTime();
    if (own.contains(NamespaceKind.IPC) && box.anew().contains(NamespaceKind.IPC)) {
      IpcNamespace.planObjects(rebuild, id(NamespaceKind.IPC), userIds);
    }
  }

  private boolean isMade(NamespaceKind kind) {
    return own.contains(kind) && !external.contains(kind);
  }

  private void findOwn() throws StasisException {
    TaskKobjIdsEntry ids =
        reading("namespace ids", () -> images.read(ImageKind.IDS, root, TaskKobjIdsEntry.parser()));
    if (!images.inventory().hasRootIds()) {
      throw new StasisException(
          "",
          "reading the inventory",
          "it does not tell whose namespaces were shared",
          0,
          "",
          null);
    }
    TaskKobjIdsEntry callers = images.inventory().getRootIds();
    for (NamespaceKind kind : NamespaceIds.ORDER) {
      int id = NamespaceIds.read(ids, kind);
      rootIds.put(kind, id);
      if (id != 0 && id != NamespaceIds.read(callers, kind)) {
        own.add(kind);
      }
    }
  }

  private static StasisException notYet(String what) {
    return new StasisException("", "restoring " + what, "this cannot be done yet", 0, "", null);
  }

  /** Namespaces that the caller names; tells whether one with clocks is among them. */
  private boolean planJoined() throws StasisException {
    boolean clocks = false;
    for (JoinNamespace join : rebuild.options().joinNamespaces()) {
      if (join.kind() == NamespaceKind.USER) {
        throw notYet("a tree into an existing user namespace");
      }
      own.add(join.kind());
      external.add(join.kind());
      clocks |= join.kind() == NamespaceKind.TIME;
      Program program = rebuild.program(root, Stage.NAMESPACES);
      String path = join.file().toString();
      program.why("joining the " + join.kind().word() + " namespace " + path);
      Argument file =
          program.call(
              SyscallNumber.OPENAT,
              Argument.of(Open.AT_FDCWD),
              rebuild.plan().text(path),
              Argument.of(Open.O_RDONLY | Open.O_CLOEXEC));
      program.call(SyscallNumber.SETNS, file, Argument.of(join.kind().flag()));
      program.call(SyscallNumber.CLOSE, file);
    }
    return clocks;
  }

  private void planPid() throws StasisException {
    if (!own.contains(NamespaceKind.PID)) {
      return;
    }
    PidnsEntry entry =
        reading(
            "the pid namespace",
            () -> images.find(ImageKind.PIDNS, id(NamespaceKind.PID), PidnsEntry.parser()));
    if (entry == null || !entry.hasExtKey()) {
      rebuild.addCloneFlags(NamespaceKind.PID.flag());
      return;
    }
    external.add(NamespaceKind.PID);
    enter(rebuild.rootAgent(), NamespaceKind.PID, entry.getExtKey());
  }

  private void planNet() throws StasisException {
    if (!own.contains(NamespaceKind.NET) || external.contains(NamespaceKind.NET)) {
      return;
    }
    NetnsEntry entry =
        reading(
            "the network namespace",
            () -> images.find(ImageKind.NETNS, id(NamespaceKind.NET), NetnsEntry.parser()));
    if (entry != null && entry.hasExtKey()) {
      external.add(NamespaceKind.NET);
      enter(rebuild.program(root, Stage.NAMESPACES), NamespaceKind.NET, entry.getExtKey());
    }
  }

  private void enter(Program program, NamespaceKind kind, String key) throws StasisException {
    OptionalInt inherited = rebuild.inherited(key);
    if (inherited.isEmpty()) {
      throw new StasisException(
          "",
          "restoring the " + kind.word() + " namespace",
          "it is external and not provided",
          0,
          "Use --inherit-fd fd[N]:" + key + " with a descriptor of the namespace to use.",
          null);
    }
    program.why("entering the " + kind.word() + " namespace " + key);
    program.call(SyscallNumber.SETNS, inherited.getAsInt(), kind.flag());
  }

  private int id(NamespaceKind kind) {
    return rootIds.getOrDefault(kind, 0);
  }

  private void planTime() throws StasisException {
    int id = own.contains(NamespaceKind.TIME) ? id(NamespaceKind.TIME) : 0;
    TimensEntry entry =
        reading("the clocks", () -> images.find(ImageKind.TIMENS, id, TimensEntry.parser()));
    boolean possible =
        !rebuild.options().unprivileged() && Files.exists(Path.of("/proc/self/ns/time"));
    if (entry == null || !possible) {
      if (id != 0) {
        throw new StasisException(
            "",
            "restoring the time namespace",
            entry == null ? "its image is missing" : "there can't be one here",
            0,
            "",
            null);
      }
      return; // then the clocks are those of this machine, as for a tree of an older dump
    }
    Clocks now = reading("the clocks", Clocks::now);
    TimeNamespace.plan(rebuild.rootAgent(), rebuild.plan(), entry, now, offsets());
    if (rebuild.box().isPresent()) {
      TimeNamespace.planEntering(rebuild.rootAgent(), rebuild.plan());
    }
  }

  private static @Nullable TimeOffsets offsets() throws StasisException {
    return reading(
        "the clocks",
        () -> {
          try (ProcFs proc = ProcFs.open();
              ProcTask self = proc.task(Processes.self())) {
            return self.timeOffsets();
          }
        });
  }

  private void planContent() throws StasisException {
    if (isMade(NamespaceKind.NET)) {
      if (rebuild.options().emptyNetNamespace()) {
        NetNamespace.planEmpty(rebuild);
      } else {
        NetNamespace.plan(rebuild, id(NamespaceKind.NET));
      }
    }
    if (isMade(NamespaceKind.UTS)) {
      UtsNamespace.plan(rebuild, id(NamespaceKind.UTS));
    }
    if (isMade(NamespaceKind.IPC)) {
      IpcNamespace.plan(rebuild, id(NamespaceKind.IPC), userIds);
    }
  }

  private static void announce(RebuiltTree tree, Action action) throws StasisException {
    try {
      tree.actions().reached(action, OptionalInt.of(tree.hostPid(tree.root())));
    } catch (ActionRefusedException e) {
      throw new StasisException(
          "", "preparing namespaces", String.valueOf(e.getMessage()), 0, "", e);
    }
  }

  private static <T extends @Nullable Object> T reading(String what, Reading<T> reading)
      throws StasisException {
    try {
      return reading.read();
    } catch (SyscallException e) {
      throw new StasisException("", "reading " + what, "", e);
    } catch (IOException e) {
      throw new StasisException("", "reading " + what, String.valueOf(e.getMessage()), 0, "", e);
    } catch (StasisException e) {
      throw e;
    }
  }

  /** Reads an image or a file. */
  @FunctionalInterface
  private interface Reading<T extends @Nullable Object> {
    T read() throws IOException, StasisException;
  }
}

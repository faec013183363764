package org.stasis.engine.rebuild;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.Action;
import org.stasis.engine.ActionListener;
import org.stasis.engine.ActionRefusedException;
import org.stasis.engine.Cancellation;
import org.stasis.engine.Installation;
import org.stasis.engine.RestoreResult;
import org.stasis.engine.RootAgent;
import org.stasis.engine.StasisException;
import org.stasis.engine.capture.Tracer;
import org.stasis.engine.memory.VdsoLayout;
import org.stasis.engine.options.NamespaceKind;
import org.stasis.engine.options.RestoreOptions;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.Namespaces;
import org.stasis.engine.spi.TreeKind;
import org.stasis.images.ImageSet;
import org.stasis.images.proto.RestoreStatsEntry;
import org.stasis.linux.SyscallException;
import org.stasis.linux.agent.Liveness;
import org.stasis.linux.proc.MapEntry;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

/** One restore, from the first image read to the last task released. */
public final class Restore {
  private static final Logger LOG = LoggerFactory.getLogger(Restore.class);
  private static final long STOP_TIMEOUT_NANOS = 60_000_000_000L;

  private final RestoreOptions options;
  private final RootAgent rootAgent;
  private final ActionListener actions;
  private final Installation installation;
  private final Cancellation cancellation;
  private final List<FileKind> fileKinds;
  private final List<TreeKind> treeKinds;

  /**
   * Prepares.
   *
   * @param options what the user asked for
   * @param rootAgent in whose place the tree is made
   * @param actions told of the stages
   * @param installation the agent and the processor
   * @param cancellation when nobody wants it any more
   * @param fileKinds instances of their own
   * @param treeKinds instances of their own, in order
   */
  public Restore(
      RestoreOptions options,
      RootAgent rootAgent,
      ActionListener actions,
      Installation installation,
      Cancellation cancellation,
      List<FileKind> fileKinds,
      List<TreeKind> treeKinds) {
    this.options = options;
    this.rootAgent = rootAgent;
    this.actions = actions;
    this.installation = installation;
    this.cancellation = cancellation;
    this.fileKinds = fileKinds;
    this.treeKinds = treeKinds;
  }

  /**
   * Does it.
   *
   * @return what was done
   * @throws StasisException when it failed; nothing of the tree is left
   */
  public RestoreResult run() throws StasisException {
    long start = System.nanoTime();
    Tracer tracer = new Tracer(cancellation::requested, STOP_TIMEOUT_NANOS);
    BoxTracing box = holdBox(tracer);
    Rebuild rebuild = plan(box);
    long planned = System.nanoTime();
    reached(Action.PRE_RESTORE, OptionalInt.empty());
    RebuildExecution execution =
        new RebuildExecution(
            rebuild, rootAgent, actions, installation.agent(), tracer, installation.xsave(), box);
    try (Liveness liveness = new Liveness()) {
      try {
        if (execution.root() != 1) { // else the tree gets a pid namespace of its own
          new EndedHolders(rebuild.tasks().values()).await(tracer);
        }
        execution.make(liveness);
        OptionalInt root = OptionalInt.of(execution.hostPid(execution.root()));
        reached(Action.POST_RESTORE, root);
        unlockNetwork(root);
        tell(Action.PRE_RESUME, root);
        for (FileKind kind : fileKinds) {
          kind.beforeResuming(execution);
        }
      } catch (StasisException e) {
        execution.kill();
        execution.undo(e);
        undo(e);
        throw e;
      }
      execution.release();
    } catch (SyscallException e) {
      throw new StasisException("", "restoring", "", e);
    }
    for (TreeKind kind : treeKinds) {
      kind.done();
    }
    int rootPid = execution.hostPid(execution.root());
    tell(Action.POST_RESUME, OptionalInt.of(rootPid));
    LOG.info("Restored {} tasks", rebuild.tasks().size());
    return new RestoreResult(
        rootPid,
        RestoreStatsEntry.newBuilder()
            .setPagesCompared(0)
            .setPagesSkippedCow(0)
            .setForkingTime(micros(start, planned))
            .setRestoreTime(micros(start, System.nanoTime()))
            .setPagesRestored(rebuild.pages())
            .build());
  }

  private static int micros(long from, long to) {
    return (int) ((to - from) / 1000);
  }

  private @Nullable BoxTracing holdBox(Tracer tracer) throws StasisException {
    if (rootAgent.box().isEmpty()) {
      return null;
    }
    try {
      return BoxTracing.begin(rootAgent.box().get(), rootAgent.pid(), tracer);
    } catch (SyscallException e) {
      throw new StasisException("", "looking at the container's first process", "", e);
    }
  }

  private Rebuild plan(@Nullable BoxTracing box) throws StasisException {
    try {
      ImageSet images = ImageSet.open(options.imagesDirectory());
      return new RebuildPlanner(
              options,
              images,
              layout(),
              fileKinds,
              treeKinds,
              installation.agent().sizeBytes(),
              box == null ? null : box.init())
          .make();
    } catch (SyscallException e) {
      throw new StasisException("", "looking at the launcher", "", e);
    } catch (IOException e) {
      throw new StasisException(
          "", "reading images from " + options.imagesDirectory(), e.getMessage(), 0, "", e);
    }
  }

  private RootAgentLayout layout() throws SyscallException {
    List<long[]> mappings = new ArrayList<>();
    long dataStart = 0;
    long dataBytes = 0;
    long codeBytes = 0;
    try (ProcFs proc = ProcFs.open();
        ProcTask task = proc.task(rootAgent.pid())) {
      for (MapEntry map : task.maps()) {
        mappings.add(new long[] {map.start(), map.end()});
        switch (map.name()) {
          case "[vvar]", "[vvar_vclock]" -> {
            dataStart = dataStart == 0 ? map.start() : dataStart;
            dataBytes = map.end() - dataStart;
          }
          case "[vdso]" -> codeBytes = map.length();
          default -> {}
        }
      }
    }
    return new RootAgentLayout(mappings, new VdsoLayout(dataStart, dataBytes, codeBytes, true));
  }

  private void unlockNetwork(OptionalInt root) {
    for (TreeKind kind : treeKinds) {
      if (kind instanceof Namespaces namespaces && namespaces.own(NamespaceKind.NET)) {
        tell(Action.NETWORK_UNLOCK, root);
      }
    }
  }

  private void undo(StasisException failure) {
    for (TreeKind kind : treeKinds.reversed()) {
      try {
        kind.undo();
      } catch (StasisException e) {
        failure.addSuppressed(e);
      }
    }
    for (FileKind kind : fileKinds) {
      try {
        kind.undo();
      } catch (StasisException e) {
        failure.addSuppressed(e);
      }
    }
  }

  private void reached(Action action, OptionalInt root) throws StasisException {
    try {
      actions.reached(action, root);
    } catch (ActionRefusedException e) {
      throw new StasisException("", "running actions", e.getMessage(), 0, "", e);
    }
  }

  /** A stage that nobody may refuse. */
  private void tell(Action action, OptionalInt root) {
    try {
      actions.reached(action, root);
    } catch (ActionRefusedException e) {
      LOG.warn("{}", e.getMessage());
    }
  }
}

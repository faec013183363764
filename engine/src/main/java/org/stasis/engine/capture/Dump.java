package org.stasis.engine.capture;

import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.Action;
import org.stasis.engine.ActionListener;
import org.stasis.engine.ActionRefusedException;
import org.stasis.engine.Cancellation;
import org.stasis.engine.DumpResult;
import org.stasis.engine.Installation;
import org.stasis.engine.StasisException;
import org.stasis.engine.memory.PageDump;
import org.stasis.engine.options.DumpOptions;
import org.stasis.engine.options.NamespaceKind;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.Freezer;
import org.stasis.engine.spi.Namespaces;
import org.stasis.engine.spi.TreeKind;
import org.stasis.images.ImageSetWriter;
import org.stasis.images.proto.DumpStatsEntry;
import org.stasis.linux.SyscallException;
import org.stasis.linux.agent.Liveness;
import org.stasis.linux.proc.ProcFs;

/** One dump, from the first freeze to the last release. */
public final class Dump {
  private static final Logger LOG = LoggerFactory.getLogger(Dump.class);

  private final DumpOptions options;
  private final ActionListener actions;
  private final int callerPid;
  private final Installation installation;
  private final Cancellation cancellation;
  private final List<FileKind> fileKinds;
  private final List<TreeKind> treeKinds;
  private final DumpStatsEntry.Builder statistics =
      DumpStatsEntry.newBuilder()
          .setFreezingTime(0)
          .setFrozenTime(0)
          .setMemdumpTime(0)
          .setMemwriteTime(0)
          .setPagesScanned(0)
          .setPagesSkippedParent(0)
          .setPagesWritten(0)
          .setPagesLazy(0);

  /**
   * Prepares.
   *
   * @param options what the user asked for
   * @param actions told of the stages
   * @param callerPid who asks
   * @param installation the agent and the processor
   * @param cancellation when nobody wants it any more
   * @param fileKinds instances of their own
   * @param treeKinds instances of their own, in order
   */
  public Dump(
      DumpOptions options,
      ActionListener actions,
      int callerPid,
      Installation installation,
      Cancellation cancellation,
      List<FileKind> fileKinds,
      List<TreeKind> treeKinds) {
    this.options = options;
    this.actions = actions;
    this.callerPid = callerPid;
    this.installation = installation;
    this.cancellation = cancellation;
    this.fileKinds = fileKinds;
    this.treeKinds = treeKinds;
  }

  /**
   * Does it.
   *
   * @return what was done
   * @throws StasisException when it failed; the tree runs on
   */
  public DumpResult run() throws StasisException {
    reached(Action.PRE_DUMP);
    Tracer tracer = new Tracer(cancellation::requested, options.timeoutSeconds() * 1_000_000_000L);
    ImageSetWriter images = prepare();
    try {
      return run(tracer, images);
    } finally {
      tidy(images);
    }
  }

  /** Before anybody is stopped: a directory that cannot be written to is not worth it. */
  private ImageSetWriter prepare() throws StasisException {
    try {
      return ImageSetWriter.create(options.imagesDirectory());
    } catch (IOException e) {
      throw notWritten(e);
    }
  }

  /** After everybody goes on: what is left of the writing. */
  private void tidy(ImageSetWriter images) {
    try {
      images.close();
    } catch (IOException e) {
      LOG.warn("Leftovers stay in {}: {}", options.imagesDirectory(), e.getMessage());
    }
  }

  private StasisException notWritten(IOException e) {
    return new StasisException(
        "", "writing images to " + options.imagesDirectory(), e.getMessage(), 0, "", e);
  }

  private DumpResult run(Tracer tracer, ImageSetWriter images) throws StasisException {
    try (Liveness liveness = new Liveness();
        ProcFs proc = ProcFs.open();
        TreeSeizer tree = new TreeSeizer(proc, tracer, frozen())) {
      long start = System.nanoTime();
      List<SeizedTask> tasks = tree.seize(options.pid());
      long frozen = System.nanoTime();
      statistics.setFreezingTime(micros(start, frozen));
      LOG.info("Froze {} tasks", tasks.size());
      CaptureSession session =
          new CaptureSession(
              options, callerPid, installation, tasks, fileKinds, treeKinds, cancellation);
      boolean killed = false;
      try {
        survey(session, proc, liveness, tracer, images);
        write(session, images);
        statistics.setFrozenTime(micros(start, System.nanoTime()));
        reached(Action.POST_DUMP);
        if (options.finalState() == org.stasis.engine.options.FinalState.KILLED) {
          session.beforeKilling();
          tree.kill();
          killed = true;
          try {
            session.killed();
          } finally {
            tree.awaitEnd();
          }
        }
      } finally {
        if (!killed) {
          session.beforeLeaving();
        }
        session.close();
      }
      if (options.finalState() == org.stasis.engine.options.FinalState.STOPPED) {
        tree.releaseStopped();
      }
      return new DumpResult(tasks.size(), statistics.build());
    } catch (SyscallException e) {
      throw new StasisException("", "dumping", "", e);
    }
  }

  /** Container engines may pause a container before they ask for its checkpoint. */
  private Freezer.@Nullable Group frozen() throws StasisException {
    for (TreeKind kind : treeKinds) {
      if (kind instanceof Freezer freezer) {
        return freezer.frozen(options.pid(), options.freezeCgroup()).orElse(null);
      }
    }
    return null;
  }

  private void survey(
      CaptureSession session, ProcFs proc, Liveness liveness, Tracer tracer, ImageSetWriter images)
      throws StasisException {
    try {
      session.survey(proc, liveness, tracer, images);
    } catch (IOException e) {
      throw notWritten(e);
    }
  }

  private void write(CaptureSession session, ImageSetWriter images) throws StasisException {
    reachedIfOwnNetwork(session);
    long start = System.nanoTime();
    try {
      PageDump pages = session.write(images);
      cancellation.check();
      images.commit(); // from here on it is done, whoever still wants it
      statistics
          .setPagesScanned(pages.pagesScanned())
          .setPagesWritten(pages.pagesWritten())
          .setMemdumpTime(micros(start, System.nanoTime()))
          .setMemwriteTime(micros(start, System.nanoTime()));
    } catch (IOException e) {
      throw notWritten(e);
    }
  }

  private void reachedIfOwnNetwork(CaptureSession session) throws StasisException {
    boolean own =
        session.kind(Namespaces.class).map(kind -> kind.own(NamespaceKind.NET)).orElse(false);
    if (own) {
      reached(Action.NETWORK_LOCK);
    }
  }

  private void reached(Action action) throws StasisException {
    try {
      actions.reached(action, OptionalInt.of(options.pid()));
    } catch (ActionRefusedException e) {
      throw new StasisException("", "running actions", e.getMessage(), 0, "", e);
    }
  }

  private static int micros(long from, long to) {
    return (int) ((to - from) / 1000);
  }
}

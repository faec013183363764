package org.stasis.shim.criu;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.Action;
import org.stasis.engine.ActionListener;
import org.stasis.engine.Cancellation;
import org.stasis.engine.CheckpointEngine;
import org.stasis.engine.DumpResult;
import org.stasis.engine.Obstacle;
import org.stasis.engine.ObstaclesException;
import org.stasis.engine.RestoreResult;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.DumpOptions;
import org.stasis.engine.options.RestoreOptions;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Caller;
import org.stasis.shim.log.SessionLog;

/**
 * Dumps and restores as settings ask for, whether they came from a command line or a request: reads
 * them, has the engine do it, runs scripts, writes and prints statistics, logs how it went.
 */
final class Work {
  private static final Logger LOG = LoggerFactory.getLogger(Work.class);

  private final Caller caller;
  private final CheckpointEngine engine;
  private final SessionLog log;
  private final Settings settings;
  private final Directories directories;
  private final List<ActionListener> listeners = new ArrayList<>();
  private boolean orphanPtsMaster;
  private Stages stages = new Stages(List.of(), Cancellation.NEVER);

  Work(
      Caller caller,
      CheckpointEngine engine,
      SessionLog log,
      Settings settings,
      Directories directories) {
    this.caller = caller;
    this.engine = engine;
    this.log = log;
    this.settings = settings;
    this.directories = directories;
  }

  /** Has a client told of the stages before scripts are. */
  void telling(ActionListener client, boolean takesPtsMasters) {
    listeners.add(client);
    orphanPtsMaster = takesPtsMasters;
  }

  /** Whether somebody refused a stage that comes after the images were written. */
  boolean refusedAfterImages() {
    return stages.refused().filter(stage -> stage == Action.POST_DUMP).isPresent();
  }

  /**
   * Dumps.
   *
   * @param pid the root task
   * @throws UsageException when the settings make no sense; nothing was done
   * @throws StasisException when it failed; it is logged
   */
  DumpResult dump(int pid) throws UsageException, StasisException {
    DumpOptions options = dumpOptions(pid);
    return dumped(() -> engine.dump(options, stages));
  }

  /** As {@link #dump}, for memory alone and a tree that runs on. */
  DumpResult preDump(int pid) throws UsageException, StasisException {
    DumpOptions options = dumpOptions(pid);
    return dumped(() -> engine.preDump(options, stages));
  }

  private DumpOptions dumpOptions(int pid) throws UsageException {
    NotCarried.refuse(settings);
    if (settings.on(CriuOption.MNTNS_COMPAT_MODE)) {
      throw new UsageException("--mntns-compat-mode goes with restore alone");
    }
    DumpOptions options =
        new TypedOptions(settings, caller)
            .dump(directories.images(), directories.work(), pid, orphanPtsMaster);
    startStages();
    return options;
  }

  private DumpResult dumped(Call<DumpResult> call) throws StasisException {
    DumpResult result = logged("Dumping", call);
    try {
      Statistics.write(directories.workSeenByOthers(), result.statistics());
      display(Statistics.text(result.statistics()));
    } catch (IOException e) {
      LOG.error("cannot write stats-dump", e); // the dump itself is done
    }
    return result;
  }

  /**
   * Restores.
   *
   * @throws UsageException when the settings make no sense; nothing was done
   * @throws StasisException when it failed; it is logged
   */
  RestoreResult restore() throws UsageException, StasisException {
    NotCarried.refuse(settings);
    if (settings.asksFor(CriuOption.TREE)) {
      LOG.warn("--tree means nothing at a restore");
    }
    if (settings.asksFor(CriuOption.NETWORK_LOCK)) {
      LOG.warn("--network-lock means nothing at a restore: the images say how it was locked");
    }
    RestoreOptions options =
        new TypedOptions(settings, caller)
            .restore(directories.images(), directories.work(), orphanPtsMaster);
    startStages();
    RestoreResult result =
        logged("Restoring", () -> engine.restore(options, caller.rootAgent(), stages));
    try {
      Statistics.write(directories.workSeenByOthers(), result.statistics());
      display(Statistics.text(result.statistics()));
    } catch (IOException e) {
      LOG.error("cannot write stats-restore", e); // the tree runs
    }
    return result;
  }

  private void startStages() {
    List<String> scripts = settings.list(CriuOption.ACTION_SCRIPT);
    if (!scripts.isEmpty()) {
      listeners.add(new ActionScripts(scripts, caller, directories, log));
    }
    settings
        .value(CriuOption.PIDFILE)
        .map(name -> name.startsWith("/") ? caller.resolve(name).toString() : name)
        .ifPresent(name -> listeners.add(new PidFile(directories.workDirectory(), name)));
    stages = new Stages(listeners, caller::cancelled);
  }

  private <R> R logged(String what, Call<R> call) throws StasisException {
    LOG.info("Stasis in the place of criu {}: {}", CriuVersion.text(), what);
    try {
      R result = call.make();
      LOG.info("{} finished successfully.", what);
      return result;
    } catch (ObstaclesException e) {
      for (Obstacle obstacle : e.obstacles()) {
        LOG.error("{}", obstacle);
      }
      LOG.error("{} FAILED.", what);
      throw e;
    } catch (StasisException | RuntimeException e) {
      log.error(e);
      LOG.error("{} FAILED.", what);
      throw e;
    }
  }

  private void display(String text) {
    if (settings.on(CriuOption.DISPLAY_STATS)) {
      try {
        new Terminal(caller).output(text);
      } catch (SyscallException e) {
        LOG.error("cannot print the statistics", e);
      }
    }
  }

  /** What the engine is asked to do. */
  private interface Call<R> {
    R make() throws StasisException;
  }
}

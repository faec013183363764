package org.stasis.shim.criu;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.Action;
import org.stasis.engine.ActionListener;
import org.stasis.engine.ActionRefusedException;
import org.stasis.engine.CheckResult;
import org.stasis.engine.CheckpointEngine;
import org.stasis.engine.DumpResult;
import org.stasis.engine.RestoreResult;
import org.stasis.engine.RootAgent;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.CheckOptions;
import org.stasis.engine.options.DumpOptions;
import org.stasis.engine.options.Feature;
import org.stasis.engine.options.RestoreOptions;
import org.stasis.images.proto.DumpStatsEntry;
import org.stasis.images.proto.RestoreStatsEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.Memfd;
import org.stasis.linux.SyscallException;

/** An engine that touches no process: it goes through the stages and remembers what it was told. */
public final class FakeEngine implements CheckpointEngine {
  static final int ROOT_PID = 4321;

  public final List<DumpOptions> dumps = new ArrayList<>();
  final List<DumpOptions> preDumps = new ArrayList<>();
  final List<RestoreOptions> restores = new ArrayList<>();
  final List<CheckOptions> checks = new ArrayList<>();
  final List<String> externals = new ArrayList<>();
  final Map<String, String> missing = new HashMap<>();
  final Map<String, String> missingExtra = new HashMap<>();
  boolean ownNetwork;
  boolean terminal;
  public @Nullable StasisException failure;
  @Nullable RuntimeException fault;

  @Override
  public DumpResult dump(DumpOptions options, ActionListener actions) throws StasisException {
    dumps.add(options);
    failIfTold();
    stage(actions, Action.PRE_DUMP);
    if (ownNetwork) {
      stage(actions, Action.NETWORK_LOCK);
    }
    try {
      externals.addAll(actions.queryExternal());
    } catch (ActionRefusedException e) {
      throw refused(e);
    }
    stage(actions, Action.POST_DUMP);
    return new DumpResult(1, statistics());
  }

  @Override
  public DumpResult preDump(DumpOptions options, ActionListener actions) throws StasisException {
    preDumps.add(options);
    failIfTold();
    return new DumpResult(1, statistics());
  }

  static DumpStatsEntry statistics() {
    return DumpStatsEntry.newBuilder()
        .setFreezingTime(11)
        .setFrozenTime(22)
        .setMemdumpTime(33)
        .setMemwriteTime(44)
        .setPagesScanned(255)
        .setPagesSkippedParent(0)
        .setPagesWritten(16)
        .setPagesLazy(0)
        .build();
  }

  @Override
  public RestoreResult restore(RestoreOptions options, RootAgent root, ActionListener actions)
      throws StasisException {
    restores.add(options);
    failIfTold();
    stage(actions, Action.PRE_RESTORE);
    stage(actions, Action.SETUP_NAMESPACES);
    stage(actions, Action.POST_SETUP_NAMESPACES);
    if (terminal) {
      handOverTerminal(actions);
    }
    stage(actions, Action.POST_RESTORE);
    if (ownNetwork) {
      stage(actions, Action.NETWORK_UNLOCK);
    }
    stage(actions, Action.PRE_RESUME);
    stage(actions, Action.POST_RESUME);
    return new RestoreResult(
        ROOT_PID,
        RestoreStatsEntry.newBuilder()
            .setPagesCompared(0)
            .setPagesSkippedCow(0)
            .setPagesRestored(30)
            .setForkingTime(1)
            .setRestoreTime(9771)
            .build());
  }

  private static void handOverTerminal(ActionListener actions) throws StasisException {
    try (Fd master = Memfd.create("the master", 0)) {
      actions.orphanPtsMaster(master);
    } catch (ActionRefusedException e) {
      throw refused(e);
    } catch (SyscallException e) {
      throw new StasisException("", "making a descriptor", "", e);
    }
  }

  private void failIfTold() throws StasisException {
    if (fault != null) {
      throw fault;
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static void stage(ActionListener actions, Action stage) throws StasisException {
    try {
      boolean first = stage == Action.PRE_RESTORE;
      actions.reached(stage, first ? OptionalInt.empty() : OptionalInt.of(ROOT_PID));
    } catch (ActionRefusedException e) {
      throw refused(e);
    }
  }

  private static StasisException refused(ActionRefusedException e) {
    return new StasisException("", e.stage().word(), e.getMessage(), 0, "", e);
  }

  @Override
  public CheckResult check(CheckOptions options) {
    checks.add(options);
    if (!options.features().isEmpty()) {
      Feature feature = options.features().iterator().next();
      String why = missing.get(feature.word());
      return new CheckResult(why == null ? Map.of() : Map.of(feature.word(), why));
    }
    return new CheckResult(options.extra() || options.experimental() ? missingExtra : missing);
  }
}

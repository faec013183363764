package org.stasis.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import org.stasis.engine.capture.Dump;
import org.stasis.engine.check.FeatureCheck;
import org.stasis.engine.files.FileKinds;
import org.stasis.engine.options.CheckOptions;
import org.stasis.engine.options.DumpOptions;
import org.stasis.engine.options.RestoreOptions;
import org.stasis.engine.rebuild.Restore;
import org.stasis.engine.spi.TreeKind;

/** The engine, on behalf of one caller. */
public final class StasisEngine implements CheckpointEngine {
  private final Installation installation;
  private final int callerPid;
  private final Cancellation cancellation;

  /**
   * Serves a caller.
   *
   * @param installation shared by all sessions
   * @param callerPid who asks, in the engine's pid namespace; the engine's own pid when it is
   *     embedded
   * @param cancellation when the caller is gone
   */
  public StasisEngine(Installation installation, int callerPid, Cancellation cancellation) {
    this.installation = installation;
    this.callerPid = callerPid;
    this.cancellation = cancellation;
  }

  @Override
  public DumpResult dump(DumpOptions options, ActionListener actions) throws StasisException {
    return new Dump(
            options, actions, callerPid, installation, cancellation, FileKinds.all(), treeKinds())
        .run();
  }

  @Override
  public DumpResult preDump(DumpOptions options, ActionListener actions) throws StasisException {
    throw new StasisException(
        "", "pre-dump", "not carried yet", 0, "Make a full dump instead.", null);
  }

  @Override
  public RestoreResult restore(RestoreOptions options, RootAgent root, ActionListener actions)
      throws StasisException {
    return new Restore(
            options, root, actions, installation, cancellation, FileKinds.all(), treeKinds())
        .run();
  }

  @Override
  public CheckResult check(CheckOptions options) {
    return FeatureCheck.check(options);
  }

  private static List<TreeKind> treeKinds() {
    List<TreeKind> kinds = new ArrayList<>();
    for (TreeKind kind : ServiceLoader.load(TreeKind.class)) {
      kinds.add(kind);
    }
    kinds.sort(Comparator.comparingInt(TreeKind::order));
    return kinds;
  }
}

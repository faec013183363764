package org.stasis.shim;

import java.util.Map;
import org.stasis.engine.ActionListener;
import org.stasis.engine.CheckResult;
import org.stasis.engine.CheckpointEngine;
import org.stasis.engine.DumpResult;
import org.stasis.engine.RestoreResult;
import org.stasis.engine.RootAgent;
import org.stasis.engine.StasisEngine;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.CheckOptions;
import org.stasis.engine.options.DumpOptions;
import org.stasis.engine.options.RestoreOptions;

/** The engine on behalf of one caller, made when the caller really asks for something. */
final class CallerEngine implements CheckpointEngine {
  private final SharedInstallation installation;
  private final Caller caller;

  CallerEngine(SharedInstallation installation, Caller caller) {
    this.installation = installation;
    this.caller = caller;
  }

  private CheckpointEngine engine() throws StasisException {
    return new StasisEngine(installation.get(), caller.pid(), caller::cancelled);
  }

  @Override
  public DumpResult dump(DumpOptions options, ActionListener actions) throws StasisException {
    return engine().dump(options, actions);
  }

  @Override
  public DumpResult preDump(DumpOptions options, ActionListener actions) throws StasisException {
    return engine().preDump(options, actions);
  }

  @Override
  public RestoreResult restore(RestoreOptions options, RootAgent root, ActionListener actions)
      throws StasisException {
    return engine().restore(options, root, actions);
  }

  @Override
  public CheckResult check(CheckOptions options) {
    try {
      return engine().check(options);
    } catch (StasisException e) {
      return new CheckResult(Map.of("installation", String.valueOf(e.getMessage())));
    }
  }
}

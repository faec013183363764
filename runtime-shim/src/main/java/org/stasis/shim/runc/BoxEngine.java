package org.stasis.shim.runc;

import java.io.IOException;
import org.stasis.engine.ActionListener;
import org.stasis.engine.CheckResult;
import org.stasis.engine.CheckpointEngine;
import org.stasis.engine.DumpResult;
import org.stasis.engine.RestoreResult;
import org.stasis.engine.RootAgent;
import org.stasis.engine.StasisException;
import org.stasis.engine.launcher.LauncherRootAgent;
import org.stasis.engine.options.CheckOptions;
import org.stasis.engine.options.DumpOptions;
import org.stasis.engine.options.RestoreOptions;
import org.stasis.linux.SyscallException;

/**
 * The engine, except that what is restored comes into a container, which the runtime makes once it
 * is known what is to be done.
 *
 * @param engine that does it
 * @param container to be made
 * @param spec of it
 */
record BoxEngine(CheckpointEngine engine, BoxContainer container, BoxSpec spec)
    implements CheckpointEngine {
  @Override
  public DumpResult dump(DumpOptions options, ActionListener actions) throws StasisException {
    return engine.dump(options, actions);
  }

  @Override
  public DumpResult preDump(DumpOptions options, ActionListener actions) throws StasisException {
    return engine.preDump(options, actions);
  }

  @Override
  public RestoreResult restore(RestoreOptions options, RootAgent caller, ActionListener actions)
      throws StasisException {
    try (LauncherRootAgent init = container.start(spec)) {
      boolean done = false;
      try {
        spec.giveAway(init);
        RestoreResult result = engine.restore(options, init, actions);
        done = true;
        return result;
      } finally {
        if (!done) {
          container.delete();
        }
      }
    } catch (SyscallException e) {
      throw new StasisException("", "making the container", "", e);
    } catch (IOException e) {
      throw new StasisException(
          "", "making the container", String.valueOf(e.getMessage()), 0, "", e);
    }
  }

  @Override
  public CheckResult check(CheckOptions options) {
    return engine.check(options);
  }
}

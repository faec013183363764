package org.stasis.shim.runc;

import org.stasis.engine.CheckpointEngine;
import org.stasis.shim.Caller;

/** {@code restore}: makes a container from images. */
final class RestoreCommand {
  RestoreCommand(CheckpointEngine engine, RuntimeLog log) {}

  /**
   * Restores.
   *
   * @param globals what stands before the command
   * @param arguments what is asked for
   * @param caller whose working directory, descriptors and place
   * @return the exit status: 0, or that of the container when it was waited for
   * @throws RuntimeFailure when it cannot be done
   */
  int run(GlobalArguments globals, RestoreArguments arguments, Caller caller)
      throws RuntimeFailure {
    throw new RuntimeFailure(
        "restore is not supported by Stasis yet: use runc or crun, with Stasis in the place of"
            + " criu");
  }
}

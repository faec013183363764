package org.stasis.shim.runc;

import org.stasis.engine.CheckpointEngine;
import org.stasis.shim.Caller;

/** {@code checkpoint}: writes a container's processes to images. */
final class CheckpointCommand {
  CheckpointCommand(CheckpointEngine engine, RuntimeLog log) {}

  /**
   * Checkpoints.
   *
   * @param globals what stands before the command
   * @param arguments what is asked for
   * @param caller whose working directory, descriptors and place
   * @return the exit status
   * @throws RuntimeFailure when it cannot be done
   */
  int run(GlobalArguments globals, CheckpointArguments arguments, Caller caller)
      throws RuntimeFailure {
    throw new RuntimeFailure(
        "checkpoint is not supported by Stasis yet: use runc or crun, with Stasis in the place of"
            + " criu");
  }
}

package org.stasis.shim;

import java.io.IOException;
import org.stasis.shim.engine.EngineProcess;

/** What {@code lib/launch} starts: the engine's process. */
public final class Main {
  private Main() {}

  /**
   * Serves callers.
   *
   * @param arguments {@code resident} or {@code private}
   * @throws IOException when it was not started by a launcher
   * @throws InterruptedException never
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    EngineProcess.run(arguments, StandardDoors::new);
  }
}

package org.stasis.shim;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.Installation;
import org.stasis.engine.StasisException;

/** What the engines of all sessions have in common, loaded for the first that needs it. */
final class SharedInstallation {
  private final Path agentFile;
  private @Nullable Installation loaded;

  /**
   * Knows where to load from.
   *
   * @param agentFile agent.bin of the distribution
   */
  SharedInstallation(Path agentFile) {
    this.agentFile = agentFile;
  }

  synchronized Installation get() throws StasisException {
    if (loaded == null) {
      try {
        loaded = new Installation(agentFile);
      } catch (IOException e) {
        throw new StasisException(
            "", "loading " + agentFile, e.getMessage(), 0, "Install Stasis anew.", e);
      }
    }
    return loaded;
  }
}

package org.stasis.shim.engine;

/** Makes the doors of an engine's process. */
@FunctionalInterface
public interface DoorsOfEngine {
  /**
   * Makes them.
   *
   * @param control the process that they are in
   * @return the doors, for any number of sessions at once
   */
  Doors with(EngineControl control);
}

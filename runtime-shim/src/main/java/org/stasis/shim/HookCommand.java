package org.stasis.shim;

import org.stasis.shim.engine.EngineControl;

/**
 * {@code stasis hook}, which OCI runtimes call; found as a service, since other doors do without.
 */
public interface HookCommand {
  /**
   * Serves one call.
   *
   * @param caller the program that the runtime started
   * @param control the process that this is in
   * @return the exit status
   * @throws Exception an error of the engine itself
   */
  int serve(Caller caller, EngineControl control) throws Exception;

  /**
   * Takes up again what earlier calls asked for and an engine that has ended cannot do any more.
   *
   * @param control the process that this is in, the machine's resident engine from now on
   */
  void resume(EngineControl control);
}

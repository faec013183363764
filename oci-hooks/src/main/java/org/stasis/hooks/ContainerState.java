package org.stasis.hooks;

import org.stasis.shim.runc.JsonObject;
import org.stasis.shim.runc.RuntimeFailure;

/**
 * What a runtime tells a hook on its standard input: the State of the OCI runtime specification.
 *
 * @param id the container's
 * @param pid its first process; 0 when there is none
 * @param bundle where its config.json is; empty when it is not told
 * @param annotations of the container
 */
record ContainerState(String id, int pid, String bundle, JsonObject annotations) {
  /** Reads it. */
  static ContainerState parse(String text) throws HookFailure {
    JsonObject state;
    try {
      state = JsonObject.parse("the state on standard input", text);
    } catch (RuntimeFailure e) {
      throw new HookFailure(String.valueOf(e.getMessage()), e);
    }
    String id = state.text("id").orElse("");
    if (id.isEmpty() || id.startsWith(".") || id.indexOf('/') >= 0) {
      throw new HookFailure("the state on standard input has no good id: '" + id + "'");
    }
    return new ContainerState(
        id,
        (int) state.number("pid", 0),
        state.text("bundle").orElse(""),
        state.object("annotations"));
  }
}

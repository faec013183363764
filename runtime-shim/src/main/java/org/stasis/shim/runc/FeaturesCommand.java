package org.stasis.shim.runc;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.SyscallException;

/**
 * {@code features} of a runtime that may have no checkpoints of its own: what the runtime says, and
 * that there are checkpoints.
 */
final class FeaturesCommand {
  private static final String ANNOTATIONS = "annotations";
  private static final String CHECKPOINT = "org.opencontainers.runc.checkpoint.enabled";

  private final RuntimeLog log;

  FeaturesCommand(RuntimeLog log) {
    this.log = log;
  }

  /**
   * Prints them.
   *
   * @return the exit status: the runtime's, which may know no such command
   */
  int run(GlobalArguments globals, RealRuntime runtime) throws RuntimeFailure, SyscallException {
    RealRuntime.Result result = runtime.output(globals, "features");
    log.output(result.status() == 0 ? completed(result.output()) : result.output());
    return result.status();
  }

  static String completed(String features) throws RuntimeFailure {
    JsonObject all = JsonObject.parse("what the runtime says of its features", features);
    Map<String, @Nullable Object> annotations =
        new LinkedHashMap<>(all.object(ANNOTATIONS).members());
    annotations.put(CHECKPOINT, "true");
    all.members().put(ANNOTATIONS, annotations);
    return all.text() + "\n";
  }
}

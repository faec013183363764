package org.stasis.shim.runc;

import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import org.stasis.shim.Caller;

/**
 * The configuration file whose options win over those of the command line: that of the container's
 * annotation {@code org.criu.config}, none where that is empty, or else one in {@code /etc/criu}.
 */
final class CriuConfiguration {
  private CriuConfiguration() {}

  /**
   * Finds it.
   *
   * @param annotation of the container
   * @param kind of runtime whose container it is
   * @param caller whose files
   */
  static Optional<String> of(Optional<String> annotation, RuntimeKind kind, Caller caller) {
    if (annotation.isPresent()) {
      return annotation.filter(path -> !path.isEmpty());
    }
    List<String> candidates =
        kind == RuntimeKind.CRUN
            ? List.of("/etc/criu/crun.conf", "/etc/criu/runc.conf")
            : List.of("/etc/criu/runc.conf");
    return candidates.stream().filter(path -> Files.exists(caller.resolve(path))).findFirst();
  }
}

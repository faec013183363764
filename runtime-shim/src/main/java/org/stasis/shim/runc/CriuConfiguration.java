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

  static Optional<String> of(Container container, Caller caller) {
    if (container.criuConfiguration().isPresent()) {
      return container.criuConfiguration().filter(path -> !path.isEmpty());
    }
    List<String> candidates =
        container.maker() == RuntimeKind.CRUN
            ? List.of("/etc/criu/crun.conf", "/etc/criu/runc.conf")
            : List.of("/etc/criu/runc.conf");
    return candidates.stream().filter(path -> Files.exists(caller.resolve(path))).findFirst();
  }
}

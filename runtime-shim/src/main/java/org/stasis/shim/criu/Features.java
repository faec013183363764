package org.stasis.shim.criu;

import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.CheckpointEngine;
import org.stasis.engine.options.CheckOptions;
import org.stasis.engine.options.Feature;

/** Single features: what the kernel has is claimed only where something is made of it. */
final class Features {
  private final CheckpointEngine engine;

  Features(CheckpointEngine engine) {
    this.engine = engine;
  }

  /**
   * Looks at one.
   *
   * @return why it is missing, or nothing when it is there
   */
  Optional<String> missing(Feature feature) {
    CriuOption needs = neededBy(feature);
    if (needs != null && NotCarried.covers(needs)) {
      return Optional.of("--" + needs.word() + " is not supported by Stasis yet");
    }
    return engine.check(CheckOptions.of(Set.of(feature))).missing().values().stream().findFirst();
  }

  /** The option without which nothing is made of a feature. */
  private static @Nullable CriuOption neededBy(Feature feature) {
    return switch (feature) {
      case MEM_DIRTY_TRACK, PIDFD_STORE -> CriuOption.TRACK_MEM;
      case UFFD, UFFD_NONCOOP -> CriuOption.LAZY_PAGES;
      default -> null;
    };
  }
}

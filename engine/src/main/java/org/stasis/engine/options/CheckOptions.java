package org.stasis.engine.options;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;

/**
 * Which features a check looks at.
 *
 * @param features those and no others; empty for what every dump and restore needs
 * @param extra whether features that some trees need are looked at too
 * @param experimental whether experimental features are looked at too
 * @param unprivileged whether to look at what can be done without root
 */
public record CheckOptions(
    Set<Feature> features, boolean extra, boolean experimental, boolean unprivileged) {
  /** What every dump and restore needs. */
  public static final CheckOptions BASIC = new CheckOptions(Set.of(), false, false, false);

  /** Copies the set. */
  public CheckOptions {
    features = Set.copyOf(features);
  }

  /**
   * Looks at certain features and no others.
   *
   * @param features at least one
   * @return options for these
   */
  public static CheckOptions of(Collection<Feature> features) {
    return new CheckOptions(EnumSet.copyOf(features), false, false, false);
  }
}

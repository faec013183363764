package org.stasis.engine.options;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How control groups are carried.
 *
 * @param mode what is dumped and restored
 * @param roots where each hierarchy starts
 * @param properties which properties belong to which controller, as text in the reduced YAML of
 *     {@code --cgroup-props}; instead of or merged with the built-in tables
 * @param propertiesFile a file with the same
 * @param dumpControllers names of the only controllers dumped; empty for all
 * @param yard directory with ready cgroup mounts, one subdirectory per hierarchy named by its
 *     controllers joined with commas, {@code unified} for version 2
 */
public record CgroupOptions(
    CgroupMode mode,
    List<CgroupRoot> roots,
    Optional<String> properties,
    Optional<Path> propertiesFile,
    List<String> dumpControllers,
    Optional<Path> yard) {
  /** Mode {@link CgroupMode#SOFT} and nothing else. */
  public static final CgroupOptions DEFAULT =
      new CgroupOptions(
          CgroupMode.SOFT,
          List.of(),
          Optional.empty(),
          Optional.empty(),
          List.of(),
          Optional.empty());

  /** Copies the lists. */
  public CgroupOptions {
    roots = List.copyOf(roots);
    dumpControllers = List.copyOf(dumpControllers);
  }
}

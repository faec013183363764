package org.stasis.shim.archive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a runtime was given to make a container of: {@code config.json} of the OCI runtime
 * specification.
 *
 * @param text of {@code config.json}, as it is
 * @param spec what it says
 */
public record Bundle(byte[] text, Map<String, Object> spec) {
  /** The name of the specification in a bundle. */
  public static final String CONFIG = "config.json";

  /**
   * Reads a bundle.
   *
   * @param directory the bundle
   * @return what it says
   * @throws IOException when it cannot be read
   */
  public static Bundle of(Path directory) throws IOException {
    Path file = directory.resolve(CONFIG);
    return of(Files.readAllBytes(file), CONFIG);
  }

  static Bundle of(byte[] text, String name) throws ArchiveException {
    return new Bundle(text, Json.object(text, name));
  }

  /**
   * The container's annotations.
   *
   * @return by name
   */
  public Map<String, Object> annotations() {
    return Json.member(spec, "annotations");
  }

  /**
   * Where the container's root directory is.
   *
   * @return a path, absolute or from the bundle; empty when it isn't said
   */
  public String root() {
    return Json.text(Json.member(spec, "root"), "path");
  }

  /**
   * Where something is mounted in the container.
   *
   * @return paths without a slash in front
   */
  public Set<String> mountPoints() {
    Set<String> points = new LinkedHashSet<>();
    if (spec.get("mounts") instanceof List<?> mounts) {
      for (Object each : mounts) {
        if (each instanceof Map<?, ?> mount && mount.get("destination") instanceof String to) {
          points.add(Path.of("/").relativize(Path.of("/").resolve(to).normalize()).toString());
        }
      }
    }
    return points;
  }
}

package org.stasis.shim.runc;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Files that real runtimes wrote, beside this class among the resources. */
final class Fixtures {
  private static final List<String> NAMES = List.of("state.json", "status", "config.json");

  private Fixtures() {}

  /**
   * Copies the files about a container.
   *
   * @param version name and version of a runtime
   * @param folder made for them
   */
  static Path copy(String version, Path folder) throws IOException {
    Files.createDirectories(folder);
    for (String name : NAMES) {
      try (InputStream file = Fixtures.class.getResourceAsStream(version + "/" + name)) {
        if (file != null) {
          Files.copy(file, folder.resolve(name));
        }
      }
    }
    return folder;
  }
}

package org.stasis.podman;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A log of the tool under test, to be quoted in a failure. */
final class LogFile {
  private static final int LINES = 40;

  private LogFile() {}

  /** The last lines under a heading that names the file; a file that is not there says so. */
  static String tail(Path file) {
    try {
      List<String> lines = Files.readAllLines(file);
      List<String> last = lines.subList(Math.max(0, lines.size() - LINES), lines.size());
      return "\n--- " + file + "\n" + String.join("\n", last);
    } catch (IOException e) {
      return "\n--- " + file + ": " + e;
    }
  }
}

package org.stasis.shim.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Where a command may be, as execvp(3) looks for it. */
final class CommandSearch {
  private static final String DEFAULT_PATH = "/bin:/usr/bin";

  private CommandSearch() {}

  /**
   * The places to try, in this order.
   *
   * @param command a name to look for, or a path
   * @param environment the variables of whoever executes it
   * @return paths, absolute or relative to the working directory of whoever executes it
   */
  static List<String> candidates(String command, Map<String, String> environment) {
    if (command.indexOf('/') >= 0) {
      return List.of(command);
    }
    List<String> candidates = new ArrayList<>();
    String path = environment.getOrDefault("PATH", DEFAULT_PATH);
    int start = 0;
    while (start <= path.length()) {
      int colon = path.indexOf(':', start);
      int end = colon < 0 ? path.length() : colon;
      candidates.add(end == start ? command : path.substring(start, end) + "/" + command);
      start = end + 1;
    }
    return candidates;
  }
}

package org.stasis.shim.criu;

import org.stasis.shim.log.SessionLog;

/** The level that several {@code -v} add up to. */
final class Verbosity {
  private static final int HIGHEST = 1000;

  private Verbosity() {}

  /** A bare {@code -v} adds one, {@code -vvv} three; a number sets the level. */
  static int of(Settings settings) throws UsageException {
    int level = SessionLog.DEFAULT_VERBOSITY;
    for (String value : settings.list(CriuOption.VERBOSITY)) {
      if (value.isEmpty() || value.chars().allMatch(c -> c == 'v')) {
        level += 1 + value.length();
      } else {
        level = Settings.number(CriuOption.VERBOSITY, value, 0, HIGHEST);
      }
    }
    return level;
  }
}

package org.stasis.shim.criu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.stasis.shim.Caller;

/**
 * The configuration files of a caller, later ones winning: {@code /etc/criu/default.conf}, {@code
 * $HOME/.criu/default.conf}, {@code $CRIU_CONFIG_FILE}, and that of {@code --config}, which takes
 * the place of the first two. A file that does not exist counts as empty.
 */
final class ConfigSources {
  private static final String SYSTEM = "/etc/criu/default.conf";
  private static final String BELOW_HOME = "/.criu/default.conf";

  private final Caller caller;

  ConfigSources(Caller caller) {
    this.caller = caller;
  }

  /**
   * Reads the files that go with a command line.
   *
   * @throws UsageException when one cannot be read or understood
   */
  Settings read(Getopt.CommandLine line) throws UsageException {
    Settings settings = new Settings();
    String given = line.last(CriuOption.CONFIG);
    if (given == null && !line.has(CriuOption.NO_DEFAULT_CONFIG)) {
      settings.apply(file(SYSTEM));
      String home = caller.environment().get("HOME");
      if (home != null) {
        settings.apply(file(home + BELOW_HOME));
      }
    }
    String named = caller.environment().get("CRIU_CONFIG_FILE");
    if (named != null) {
      settings.apply(file(named));
    }
    if (given != null) {
      settings.apply(file(given));
    }
    if (caller.environment().containsKey("CRIU_DEPRECATED")) {
      settings.set(CriuOption.DEPRECATED, true);
    }
    return settings;
  }

  /**
   * Reads one file.
   *
   * @param path as the caller wrote it
   * @return its options; none when there is no such file
   * @throws UsageException when it cannot be read or understood
   */
  List<GivenOption> file(String path) throws UsageException {
    try {
      return ConfigFile.parse(path, Files.readString(caller.resolve(path)));
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new UsageException("cannot read the configuration file " + path + ": " + e, e);
    }
  }
}

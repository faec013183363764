package org.stasis.shim.criu;

import java.util.List;

/** Which words and options go together on a command line. */
final class Words {
  private Words() {}

  /**
   * Refuses lines that make no sense.
   *
   * @param words the command and what follows it
   * @throws UsageException naming what does not fit
   */
  static void check(CriuCommand command, List<String> words, Settings settings)
      throws UsageException {
    if (command == CriuCommand.CPUINFO) {
      cpuinfo(words);
    } else if (command == CriuCommand.RESTORE && settings.on(CriuOption.EXEC_CMD)) {
      executed(words, settings);
    } else if (words.size() > 1) {
      throw UsageException.syntax("criu: excessive parameter for command " + command.word());
    }
    if (settings.on(CriuOption.MS)) {
      throw new UsageException("--ms is gone: check looks at what is needed without it");
    }
    if (settings.on(CriuOption.RESTORE_SIBLING) && !settings.on(CriuOption.RESTORE_DETACHED)) {
      throw new UsageException("--restore-sibling only makes sense with --restore-detached");
    }
    if (settings.on(CriuOption.LOG_PID) && settings.value(CriuOption.LOG_FILE).isEmpty()) {
      throw new UsageException("--log-pid needs --log-file");
    }
    if (settings.on(CriuOption.MNTNS_COMPAT_MODE) && command != CriuCommand.RESTORE) {
      throw new UsageException("--mntns-compat-mode goes with restore alone");
    }
    for (String number : settings.list(CriuOption.CLOSE)) {
      // Nothing of the caller but its standard descriptors reaches a tree or a script: it is enough
      // to know that the number is one.
      Settings.number(CriuOption.CLOSE, number, 0, Integer.MAX_VALUE);
    }
    settings.number(CriuOption.PORT, 0, 1, 0xffff);
    settings.number(CriuOption.STATUS_FD, 0, 0, Integer.MAX_VALUE);
    if (settings.asksFor(CriuOption.TREE)) {
      settings.number(CriuOption.TREE, 0, 1, Integer.MAX_VALUE);
    }
  }

  private static void cpuinfo(List<String> words) throws UsageException {
    if (words.size() < 2) {
      throw UsageException.syntax("criu: cpuinfo requires an action: dump or check");
    }
    if (words.size() > 2 || !(words.get(1).equals("dump") || words.get(1).equals("check"))) {
      throw UsageException.syntax("criu: unknown action of cpuinfo: " + words.get(1));
    }
  }

  private static void executed(List<String> words, Settings settings) throws UsageException {
    if (settings.on(CriuOption.RESTORE_DETACHED)) {
      throw UsageException.syntax(
          "criu: --restore-detached and --exec-cmd cannot be used together");
    }
    if (words.size() < 2) {
      throw UsageException.syntax("criu: --exec-cmd requires a command behind --");
    }
  }
}

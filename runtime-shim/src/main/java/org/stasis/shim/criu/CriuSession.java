package org.stasis.shim.criu;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.CheckpointEngine;
import org.stasis.engine.StasisException;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Caller;
import org.stasis.shim.log.SessionLog;

/** One run of the criu command. */
final class CriuSession {
  static final int SUCCESS = 0;
  static final int FAILURE = 1;

  /** What main() returning -1 looks like to a parent. */
  static final int BROKEN = 255;

  private static final Logger LOG = LoggerFactory.getLogger(CriuSession.class);
  private static final int STANDARD_ERROR = 2;

  private final Caller caller;
  private final CheckpointEngine engine;
  private final SessionLog log;
  private final Terminal terminal;
  private String logPlace = "";
  private String complaint = "";

  CriuSession(Caller caller, CheckpointEngine engine, SessionLog log) {
    this.caller = caller;
    this.engine = engine;
    this.log = log;
    this.terminal = new Terminal(caller);
  }

  int run() {
    try {
      return readAndRun();
    } catch (UsageException e) {
      if (e.isSyntax()) {
        complaint = e.getMessage() + "\nTry 'criu --help' for more information.\n";
      } else {
        log.error(e);
      }
    } catch (SyscallException | RuntimeException e) {
      log.error(e);
    }
    return FAILURE;
  }

  /**
   * Tells the user what the log file does not, or where it is.
   *
   * @param status that the session ended with
   * @throws SyscallException when the user cannot be reached, which changes nothing about the
   *     status
   */
  void tellUser(int status) throws SyscallException {
    if (!complaint.isEmpty()) {
      terminal.error(complaint);
    }
    if (log.destination().isEmpty()) {
      log.verbosity(SessionLog.DEFAULT_VERBOSITY); // it never got as far as the log asked for
      if (log.wantsKept()) {
        log.writeTo(terminal.error());
      }
    }
    if (status != SUCCESS && !logPlace.isEmpty()) {
      pointToLog();
    }
    if (log.failure().isPresent()) {
      terminal.error("criu: the log is not complete: " + log.failure().get().getMessage() + "\n");
    }
  }

  /** A user who sent the log to a file still sees why it failed. */
  private void pointToLog() throws SyscallException {
    Optional<String> error = log.firstError();
    if (error.isPresent()) {
      terminal.error("criu: " + error.get().strip() + "\ncriu: see " + logPlace + "\n");
    }
  }

  private int readAndRun() throws UsageException, SyscallException {
    List<String> arguments = caller.arguments();
    List<String> given = arguments.subList(Math.min(1, arguments.size()), arguments.size());
    if (CriuDoor.asksForHelp(given)) {
      terminal.output(Usage.text());
      return SUCCESS;
    }
    Getopt.CommandLine line = Getopt.parse(Usage.program(arguments), given);
    Settings settings = new ConfigSources(caller).read(line);
    settings.apply(line.options());
    if (settings.on(CriuOption.VERSION)) {
      terminal.output("Version: " + CriuVersion.text() + "\n");
      return SUCCESS;
    }
    if (line.words().isEmpty()) {
      terminal.output(Usage.text());
      return FAILURE;
    }
    log.verbosity(Verbosity.of(settings));
    return run(command(line.words()), line.words(), settings);
  }

  private static CriuCommand command(List<String> words) throws UsageException {
    return CriuCommand.named(words.getFirst())
        .orElseThrow(() -> UsageException.syntax("criu: unknown command: " + words.getFirst()));
  }

  private int run(CriuCommand command, List<String> words, Settings settings)
      throws UsageException, SyscallException {
    if (command == CriuCommand.SWRK) {
      return Serving.swrk(caller, engine, log, settings, words);
    }
    Words.check(command, words, settings);
    if (command == CriuCommand.EXEC || command == CriuCommand.SHOW) {
      LOG.error(removed(command));
      return BROKEN;
    }
    Privilege.require(caller, settings.on(CriuOption.UNPRIVILEGED));
    DebugText.writeAll(settings, caller);
    return switch (command) {
      case DUMP, PRE_DUMP, RESTORE, CHECK, SERVICE -> inDirectories(command, words, settings);
      case PAGE_SERVER, LAZY_PAGES, DEDUP, CPUINFO -> throw NotCarried.command(command);
      case SWRK, EXEC, SHOW -> throw new AssertionError(command);
    };
  }

  private static String removed(CriuCommand command) {
    return command == CriuCommand.SHOW
        ? "the show command is gone: use crit decode -i FILE --pretty, or stasis show FILE"
        : "the exec command is gone";
  }

  private int inDirectories(CriuCommand command, List<String> words, Settings settings)
      throws UsageException, SyscallException {
    Path images = caller.resolve(settings.value(CriuOption.IMAGES_DIR).orElse("."));
    Path work = settings.value(CriuOption.WORK_DIR).map(caller::resolve).orElse(images);
    try (Directories directories = Directories.open(images, work)) {
      openLog(settings, directories);
      return switch (command) {
        case DUMP, PRE_DUMP -> dump(command, settings, directories);
        case RESTORE -> restore(words, settings, directories);
        case CHECK -> new CheckCommand(engine, settings, terminal).run();
        case SERVICE -> new Service(caller, engine, settings, directories).run();
        default -> throw new AssertionError(command);
      };
    }
  }

  private void openLog(Settings settings, Directories directories) throws UsageException {
    Optional<String> name = settings.value(CriuOption.LOG_FILE);
    if (name.isEmpty()) {
      SessionLogs.toStandard(log, STANDARD_ERROR, caller);
      return;
    }
    SessionLogs.open(log, directories, name.get(), caller);
    if (!name.get().equals("-")) {
      logPlace = directories.work().resolve(name.get()).toString();
    }
  }

  private int dump(CriuCommand command, Settings settings, Directories directories)
      throws UsageException {
    if (!settings.asksFor(CriuOption.TREE)) {
      throw new UsageException("pid not specified: --tree PID says what to dump");
    }
    int pid = settings.number(CriuOption.TREE, 0, 1, Integer.MAX_VALUE);
    Work work = new Work(caller, engine, log, settings, directories);
    try {
      if (command == CriuCommand.DUMP) {
        work.dump(pid);
      } else {
        work.preDump(pid);
      }
      return SUCCESS;
    } catch (StasisException e) {
      LOG.debug("the dump ends the session: {}", e.getMessage());
      return work.refusedAfterImages() ? BROKEN : FAILURE;
    }
  }

  private int restore(List<String> words, Settings settings, Directories directories)
      throws UsageException, SyscallException {
    InheritedDescriptors.require(settings, caller);
    try {
      new Work(caller, engine, log, settings, directories).restore();
    } catch (StasisException e) {
      LOG.debug("the restore ends the session: {}", e.getMessage());
      return FAILURE;
    }
    if (settings.on(CriuOption.EXEC_CMD)) {
      caller.execute(words.subList(1, words.size()), null);
    } else if (!settings.on(CriuOption.RESTORE_DETACHED)) {
      caller.awaitChildren();
    }
    return SUCCESS;
  }
}

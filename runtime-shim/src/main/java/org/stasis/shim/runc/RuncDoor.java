package org.stasis.shim.runc;

import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.CheckpointEngine;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Caller;

/**
 * The {@code stasis-runc} command: {@code checkpoint} and {@code restore}. The launcher leaves any
 * other command to the real runtime, before there is an engine.
 */
public final class RuncDoor {
  private static final Logger LOG = LoggerFactory.getLogger(RuncDoor.class);
  private static final int SUCCESS = 0;
  private static final int FAILURE = 1;

  private final Caller caller;
  private final CheckpointEngine engine;
  private final RuntimeLog log;
  private final String program;

  private RuncDoor(Caller caller, CheckpointEngine engine, RuntimeLog log) {
    this.caller = caller;
    this.engine = engine;
    this.log = log;
    String called = caller.arguments().isEmpty() ? "stasis-runc" : caller.arguments().getFirst();
    this.program = called.substring(called.lastIndexOf('/') + 1);
  }

  /**
   * Does what a command line asks for.
   *
   * @param caller whose command line, and on whose behalf
   * @param engine that does it
   * @return the status the caller's process shall end with
   * @throws SyscallException when the caller cannot be told
   */
  public static int run(Caller caller, CheckpointEngine engine) throws SyscallException {
    try (RuntimeLog log = new RuntimeLog(caller)) {
      return new RuncDoor(caller, engine, log).answered();
    }
  }

  private int answered() throws SyscallException {
    List<String> arguments = caller.arguments();
    try {
      return globals(arguments.subList(Math.min(1, arguments.size()), arguments.size()));
    } catch (RuntimeFailure e) {
      LOG.debug("the command fails", e);
      log.error(String.valueOf(e.getMessage()));
      return FAILURE;
    }
  }

  private int globals(List<String> words) throws RuntimeFailure, SyscallException {
    GoFlags.Parsed parsed;
    try {
      parsed = GoFlags.parse(GlobalArguments.FLAGS, words);
    } catch (UsageException e) {
      log.output("Incorrect Usage. " + e.getMessage() + "\n\n" + Help.general(program));
      throw new RuntimeFailure(String.valueOf(e.getMessage()), e);
    }
    List<String> rest = parsed.rest();
    if (parsed.on(GlobalArguments.HELP) || rest.isEmpty()) {
      log.output(Help.general(program));
      return SUCCESS;
    }
    List<String> globalWords = words.subList(0, words.size() - rest.size());
    GlobalArguments globals = GlobalArguments.of(parsed, globalWords);
    log.open(globals);
    if (rest.equals(List.of("features"))) {
      return new FeaturesCommand(log).run(globals, RealRuntime.of(caller));
    }
    Optional<RuntimeCommand> command = RuntimeCommand.named(rest.getFirst());
    if (command.isEmpty()) {
      throw new RuntimeFailure(
          rest.getFirst() + " is for the real runtime, not for Stasis' engine");
    }
    return command(command.get(), globals, rest.subList(1, rest.size()));
  }

  private int command(RuntimeCommand command, GlobalArguments globals, List<String> words)
      throws RuntimeFailure, SyscallException {
    GoFlags.Parsed parsed;
    try {
      parsed = GoFlags.parseAnywhere(command.flags(), words);
    } catch (UsageException e) {
      log.output("Incorrect Usage: " + e.getMessage() + "\n\n" + Help.of(program, command));
      throw new RuntimeFailure(String.valueOf(e.getMessage()), e);
    }
    if (parsed.on(GlobalArguments.HELP)) {
      log.output(Help.of(program, command));
      return SUCCESS;
    }
    if (parsed.rest().size() != 1) {
      log.output("Incorrect Usage.\n\n" + Help.of(program, command));
      throw new RuntimeFailure(
          program + ": \"" + command.word() + "\" requires exactly 1 argument(s)");
    }
    ContainerId.check(parsed.rest().getFirst());
    return switch (command) {
      case CHECKPOINT ->
          new CheckpointCommand(engine, log).run(globals, CheckpointArguments.of(parsed), caller);
      case RESTORE -> new RestoreCommand(engine).run(globals, RestoreArguments.of(parsed), caller);
    };
  }
}

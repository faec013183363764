package org.stasis.shim.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.function.Function;
import org.stasis.engine.CheckpointEngine;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Caller;
import org.stasis.shim.Door;
import org.stasis.shim.criu.CriuDoor;
import org.stasis.shim.engine.EngineControl;
import picocli.CommandLine;

/** The {@code stasis} command: what a person who executes {@code stasis} meets. */
public final class StasisDoor implements Door {
  static final int SUCCESS = 0;
  static final int FAILURE = 1;

  private static final int STANDARD_OUTPUT = 1;
  private static final int STANDARD_ERROR = 2;

  private final Function<Caller, CheckpointEngine> engine;
  private final EngineControl control;

  /**
   * Makes the door.
   *
   * @param engine dumps and restores, on behalf of a caller
   * @param control the process that this is in
   */
  public StasisDoor(Function<Caller, CheckpointEngine> engine, EngineControl control) {
    this.engine = engine;
    this.control = control;
  }

  @Override
  public int serve(Caller caller) throws IOException {
    List<String> words = caller.arguments();
    return switch (words.size() > 1 ? words.get(1) : "") {
      // word for word as of criu, without the time that loading another parser takes
      case "dump", "pre-dump", "restore", "check" -> CriuDoor.run(caller, engine.apply(caller));
      default -> command(caller, words.subList(Math.min(1, words.size()), words.size()));
    };
  }

  private int command(Caller caller, List<String> words) throws IOException {
    try (CallerOutput output = CallerOutput.of(caller, STANDARD_OUTPUT);
        CallerOutput errors = CallerOutput.of(caller, STANDARD_ERROR)) {
      PrintWriter out = new PrintWriter(output, false, StandardCharsets.UTF_8);
      PrintWriter err = new PrintWriter(errors, true, StandardCharsets.UTF_8);
      CommandLine line = new Commands(caller, control, output, out).line();
      line.setOut(out).setErr(err);
      line.setExecutionExceptionHandler((e, where, parsed) -> failed(e, err));
      int status = line.execute(words.toArray(String[]::new));
      out.flush();
      SyscallException unwritten = output.failure();
      if (unwritten != null) {
        err.println("stasis: standard output: " + unwritten.getMessage());
      }
      return out.checkError() ? FAILURE : status;
    }
  }

  /** What is wrong with a file or a request needs no stack; what is wrong with us does. */
  private static int failed(Exception e, PrintWriter err) throws Exception {
    if (!(e instanceof IOException)) {
      throw e;
    }
    String missing = e instanceof NoSuchFileException ? ": no such file or directory" : "";
    err.println("stasis: " + e.getMessage() + missing);
    return FAILURE;
  }
}

package org.stasis.shim.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.stasis.shim.Caller;
import org.stasis.shim.engine.EngineControl;
import org.stasis.shim.engine.EngineControl.SessionStatus;
import org.stasis.shim.engine.EngineControl.Status;
import org.stasis.shim.engine.EngineVersion;
import org.stasis.shim.engine.OtherEngine;
import org.stasis.shim.engine.RunFolder;

/** {@code stasis engine …}: the resident engine, for people. */
final class EngineCommand {
  private static final int NOT_RUNNING = 3; // as systemctl says it

  private final Caller caller;
  private final EngineControl control;
  private final PrintWriter out;

  EngineCommand(Caller caller, EngineControl control, PrintWriter out) {
    this.caller = caller;
    this.control = control;
    this.out = out;
  }

  int status() throws IOException {
    Status status = control.status();
    Optional<SessionStatus> own = own(status);
    if (own.isEmpty()) {
      return other(false);
    }
    if (own.get().number() == 1) {
      return notRunning();
    }
    out.println(
        "resident engine, pid %d, version %s, for %s"
            .formatted(status.pid(), EngineVersion.text(), since(status.started())));
    for (SessionStatus session : status.sessions()) {
      boolean asks = session.equals(own.get());
      out.println(
          "  session %d, pid %d, for %s: %s"
              .formatted(
                  session.number(),
                  session.callerPid(),
                  since(session.started()),
                  asks ? "this question" : String.join(" ", session.command())));
    }
    return StasisDoor.SUCCESS;
  }

  int stop() throws IOException {
    Status status = control.status();
    Optional<SessionStatus> own = own(status);
    if (own.isEmpty()) {
      return other(true);
    }
    if (own.get().number() == 1) {
      return notRunning();
    }
    control.stop();
    int others = status.sessions().size() - 1;
    out.println(
        "the resident engine, pid %d, ends %s"
            .formatted(
                status.pid(), others == 0 ? "now" : "when its other sessions end: " + others));
    return StasisDoor.SUCCESS;
  }

  /**
   * Prints the log.
   *
   * @param lines how many, from its end; null for all
   */
  int log(@Nullable Integer lines) throws IOException {
    List<String> all;
    try {
      all = Files.readAllLines(Path.of(RunFolder.LOG_PATH));
    } catch (NoSuchFileException _) {
      all = List.of(); // no resident engine since the machine was started
    }
    int first = lines == null ? 0 : Math.max(0, all.size() - lines);
    for (String line : all.subList(first, all.size())) {
      out.println(line);
    }
    return StasisDoor.SUCCESS;
  }

  private Optional<SessionStatus> own(Status status) {
    for (SessionStatus session : status.sessions()) {
      if (session.callerPid() == caller.pid()) {
        return Optional.of(session);
      }
    }
    return Optional.empty(); // an engine for this call alone has no list
  }

  /** The engine was started by this very call, since there was none; nor shall there be one now. */
  private int notRunning() {
    control.stop();
    out.println("no resident engine is running");
    return NOT_RUNNING;
  }

  private int other(boolean stop) throws IOException {
    Optional<OtherEngine> other = OtherEngine.find();
    if (other.isEmpty()) {
      return notRunning();
    }
    if (stop) {
      other.get().stop();
      out.println(
          "the resident engine, pid %d, ends when its sessions end".formatted(other.get().pid()));
      return StasisDoor.SUCCESS;
    }
    out.println("resident engine, pid %d".formatted(other.get().pid()));
    out.println("  it does not serve this caller, who is in other namespaces or another root");
    out.println("  directory, uses another installation of Stasis, or set STASIS_ENGINE");
    return StasisDoor.SUCCESS;
  }

  private static String since(Instant start) {
    long seconds = Duration.between(start, Instant.now()).toSeconds();
    if (seconds < 60) {
      return seconds + " s";
    }
    return seconds < 3600
        ? seconds / 60 + " min " + seconds % 60 + " s"
        : seconds / 3600 + " h " + seconds / 60 % 60 + " min";
  }
}

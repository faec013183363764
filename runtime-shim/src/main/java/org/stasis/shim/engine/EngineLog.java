package org.stasis.shim.engine;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.stasis.linux.Fd;
import org.stasis.linux.Processes;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;

/**
 * What happens to the engine's process as such, one line each on standard error; that is {@code
 * /run/stasis/engine.log} of a resident one. What happens to a dump or restore is in its own log.
 */
final class EngineLog {
  private static final int STDERR = 2;
  private static final long LIMIT_BYTES = 1 << 20;

  private EngineLog() {}

  /** Empties a log that has become long; it is opened for appending. */
  static void bound() throws SyscallException {
    Stat stat = Stat.of(null, "/proc/self/fd/" + STDERR);
    if (stat.type() == Stat.S_IFREG && stat.size() > LIMIT_BYTES) {
      Fd.of(STDERR).truncate(0);
    }
  }

  /**
   * Notes an event.
   *
   * @param text one line
   */
  static void say(String text) {
    String line =
        Instant.now().truncatedTo(ChronoUnit.MILLIS) + " [" + Processes.self() + "] " + text;
    System.err.println(line);
  }

  /**
   * Notes an error of ours, with its stack.
   *
   * @param text what went on
   * @param error what went wrong
   */
  static void say(String text, Throwable error) {
    synchronized (System.err) {
      say(text + ": " + error);
      error.printStackTrace(System.err);
    }
  }
}

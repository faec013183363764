package org.stasis.shim.engine;

import java.io.IOException;
import org.stasis.linux.Fcntl;
import org.stasis.linux.Fd;
import org.stasis.linux.Seqpacket;
import org.stasis.linux.SyscallException;

/** The process that a launcher starts, with its first session on descriptor 3. */
public final class EngineProcess {
  private static final int FIRST_SESSION = 3;
  private static final String IDLE_VARIABLE = "STASIS_ENGINE_IDLE";
  private static final int IDLE_SECONDS = 600;

  private EngineProcess() {}

  /**
   * Serves until there is nothing left to do.
   *
   * @param arguments {@code resident} or {@code private} when a launcher started it; {@code listen
   *     PATH} when somebody else did, for launchers with {@code STASIS_ENGINE=PATH}
   * @param doors what callers can ask for
   * @throws IOException when the first session's descriptor is none, or PATH cannot be made
   * @throws InterruptedException never: nobody interrupts the main thread
   */
  public static void run(String[] arguments, DoorsOfEngine doors)
      throws IOException, InterruptedException {
    switch (arguments.length == 0 ? "" : arguments[0]) {
      case "resident" -> new ResidentEngine(doors).serve(first(), idleSeconds());
      case "private" -> new PrivateEngine(doors).run(first());
      case "listen" -> new ResidentEngine(doors).serveAt(arguments[1]);
      default -> throw new IllegalArgumentException("usage: resident | private | listen PATH");
    }
  }

  private static Seqpacket first() throws SyscallException {
    Fd fd = Fd.of(FIRST_SESSION);
    Fcntl.setDescriptorFlags(fd, Fcntl.FD_CLOEXEC);
    return Seqpacket.of(fd);
  }

  private static int idleSeconds() {
    String text = System.getenv(IDLE_VARIABLE);
    if (text == null) {
      return IDLE_SECONDS;
    }
    try {
      return Math.max(0, Integer.parseInt(text));
    } catch (NumberFormatException e) {
      EngineLog.say(IDLE_VARIABLE + " is no number of seconds: " + text);
      return IDLE_SECONDS;
    }
  }
}

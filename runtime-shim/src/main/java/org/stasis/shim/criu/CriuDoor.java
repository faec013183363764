package org.stasis.shim.criu;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.CheckpointEngine;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Caller;
import org.stasis.shim.log.SessionLog;

/** The {@code criu} command: what a caller that executes {@code criu} meets. */
public final class CriuDoor {
  private static final Logger LOG = LoggerFactory.getLogger(CriuDoor.class);

  private CriuDoor() {}

  /**
   * Does what a command line asks for.
   *
   * @param caller whose command line, and on whose behalf
   * @param engine that does it
   * @return the status the caller's process shall end with
   */
  public static int run(Caller caller, CheckpointEngine engine) {
    SessionLog log = new SessionLog();
    CriuSession session = new CriuSession(caller, engine, log);
    int status;
    try (SessionLog.Attachment _ = log.attach()) {
      status = session.run();
    }
    try {
      session.tellUser(status);
    } catch (SyscallException e) {
      LOG.warn("pid {} cannot be told how its criu session ended", caller.pid(), e);
    }
    log.close();
    log.failure().ifPresent(e -> LOG.warn("the log of pid {} is not complete", caller.pid(), e));
    return status;
  }

  /**
   * Whether a line asks for help, which is looked for anywhere, before anything else is read.
   *
   * @param arguments without the program's name
   */
  static boolean asksForHelp(List<String> arguments) {
    return arguments.contains("--help") || arguments.contains("-h");
  }
}

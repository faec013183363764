package org.stasis.shim.engine;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.Cancellation;
import org.stasis.engine.launcher.LauncherRootAgent;
import org.stasis.linux.Seqpacket;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Door;

/**
 * One caller, from its launcher's first word to its exit status, on one platform thread: ptrace(2)
 * belongs to a thread. Whatever goes wrong in here ends this session and no other.
 */
final class Session implements Runnable {
  private static final int HELLO_MILLIS = 10_000;
  private static final int FAILED = 1;

  private final int number;
  private final Seqpacket socket;
  private final Admission admission;
  private final Doors doors;
  private final Runnable beforeEnd;
  private final Instant started = Instant.now();
  private @Nullable Cancellation cancellation;
  private volatile int pid;
  private volatile List<String> command = List.of();

  /**
   * Prepares one.
   *
   * @param number counted from 1 in this process
   * @param socket to the launcher; closed at the end
   * @param admission whether it is served
   * @param doors what it can ask for
   * @param beforeEnd done once all is done and said, before the launcher ends
   */
  Session(int number, Seqpacket socket, Admission admission, Doors doors, Runnable beforeEnd) {
    this.number = number;
    this.socket = socket;
    this.admission = admission;
    this.doors = doors;
    this.beforeEnd = beforeEnd;
  }

  /** Who is served here. */
  @FunctionalInterface
  interface Admission {
    /** Serves whoever comes: for the caller that this process was started by. */
    Admission OF_ALL = launcher -> Decision.SERVE;

    /**
     * Looks at a caller.
     *
     * @param launcher who it is
     * @return what becomes of it
     * @throws SyscallException when it is gone
     */
    Decision decide(LauncherRootAgent launcher) throws SyscallException;
  }

  /** What becomes of a caller. */
  enum Decision {
    /** It is served here. */
    SERVE,
    /** It needs an engine of its own. */
    REFUSE,
    /** This engine ends: the launcher starts the next resident one. */
    LEAVE
  }

  @Override
  public void run() {
    try (LauncherRootAgent launcher = LauncherRootAgent.greet(socket, HELLO_MILLIS)) {
      pid = launcher.pid();
      watch(launcher.cancellation());
      try {
        begin(launcher);
      } finally {
        watch(null); // before the descriptors that it asks are closed
      }
    } catch (IOException e) {
      EngineLog.say("session " + number + ": " + e.getMessage());
    } catch (Throwable e) {
      EngineLog.say("session " + number, e);
    }
  }

  private void begin(LauncherRootAgent launcher) throws IOException {
    switch (admission.decide(launcher)) {
      case SERVE -> serve(launcher);
      case REFUSE -> launcher.refuse();
      case LEAVE -> EngineLog.say("left " + pid + " to the next engine");
    }
  }

  private void serve(LauncherRootAgent launcher) throws IOException {
    launcher.welcome();
    try (LauncherCaller caller = new LauncherCaller(launcher)) {
      command = caller.arguments();
      int status = FAILED;
      try {
        Door door = doors.named(name(command));
        status = door.serve(caller);
      } catch (Throwable e) { // also OutOfMemoryError: the others can go on
        EngineLog.say("session " + number + " " + command, e);
        caller.complain("stasis: internal error: " + e);
      }
      if (caller.cancelled()) {
        EngineLog.say("session " + number + ": the caller, " + pid + ", has gone away");
      } else {
        beforeEnd.run();
        caller.end(status);
      }
    }
  }

  private static String name(List<String> command) {
    String program = command.isEmpty() ? "" : command.getFirst();
    return program.substring(program.lastIndexOf('/') + 1);
  }

  private synchronized void watch(@Nullable Cancellation newCancellation) {
    cancellation = newCancellation;
  }

  /** Whether the caller has gone away while what was begun for it is not yet undone. */
  synchronized boolean isAbandoned() {
    return cancellation != null && cancellation.requested();
  }

  int number() {
    return number;
  }

  EngineControl.SessionStatus status() {
    return new EngineControl.SessionStatus(number, pid, command, started);
  }
}

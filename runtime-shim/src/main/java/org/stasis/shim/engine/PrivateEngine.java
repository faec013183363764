package org.stasis.shim.engine;

import java.time.Instant;
import java.util.List;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.Processes;
import org.stasis.linux.Seqpacket;
import org.stasis.linux.Syscall;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;

/** An engine for one caller, on the thread that runs it. */
final class PrivateEngine implements EngineControl {
  private static final int STANDARD_ERROR = 2;

  private final Instant started = Instant.now();
  private final Doors doors;

  PrivateEngine(DoorsOfEngine doors) {
    this.doors = doors.with(this);
  }

  void run(Seqpacket only) {
    new Session(1, only, Session.Admission.OF_ALL, doors, PrivateEngine::letGoOfStandardError)
        .run();
  }

  /** Whoever reads the caller's standard error to its end must not wait for this process too. */
  private static void letGoOfStandardError() {
    try (Fd nothing = Fd.open("/dev/null", Open.O_RDWR | Open.O_CLOEXEC)) {
      Syscall.check(Syscall.raw(SyscallNumber.DUP3, nothing.number(), STANDARD_ERROR, 0), "dup3");
    } catch (SyscallException e) {
      EngineLog.say("keeps standard error: " + e.getMessage());
    }
  }

  @Override
  public Status status() {
    return new Status(Processes.self(), false, started, List.of());
  }

  @Override
  public void stop() {
    // it ends with its session
  }

  @Override
  public boolean undertake(String name, Runnable work) {
    return false;
  }

  @Override
  public void say(String text) {
    EngineLog.say(text);
  }
}

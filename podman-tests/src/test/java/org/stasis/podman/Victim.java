package org.stasis.podman;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.stasis.specimens.Nanny;

/** Who is ended in the middle of a command, and how. */
enum Victim {
  LAUNCHER_KILLED("KILL"),
  LAUNCHER_TERMINATED("TERM"),
  LAUNCHER_INTERRUPTED("INT"),
  ENGINE_KILLED("KILL");

  private final String signal;

  Victim(String signal) {
    this.signal = signal;
  }

  boolean isEngine() {
    return this == ENGINE_KILLED;
  }

  /**
   * Sends the signal to the launcher, or to the private engine that it has started.
   *
   * @param launcher in whose care it is
   * @return whether there was somebody to be ended
   */
  boolean end(Nanny launcher) throws IOException {
    OptionalLong pid =
        isEngine()
            ? launcher.children().stream().filter(Victim::isEngine).mapToLong(p -> p).findFirst()
            : OptionalLong.of(launcher.pid());
    if (pid.isEmpty() || launcher.status().isPresent()) {
      return false;
    }
    end(pid.getAsLong());
    return true;
  }

  private void end(long pid) {
    if (signal.equals("KILL")) {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly); // at once
    } else {
      Command.of("kill", "-" + signal, Long.toString(pid)).run();
    }
  }

  private static boolean isEngine(int pid) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/cmdline")).endsWith("\0private\0");
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      return false; // it ended while it was read
    }
  }
}

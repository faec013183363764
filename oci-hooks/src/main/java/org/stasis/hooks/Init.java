package org.stasis.hooks;

import java.io.IOException;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

/**
 * A container's first process: its pid, and when it was started, as another may have that pid
 * later.
 *
 * @param pid in the engine's pid namespace
 * @param startTicks clock ticks after the machine's start, from proc_pid_stat(5)
 */
record Init(int pid, long startTicks) {
  /**
   * The process of a pid.
   *
   * @throws IOException when it has ended
   */
  static Init of(int pid) throws IOException {
    return new Init(pid, startTicks(pid));
  }

  private static long startTicks(int pid) throws IOException {
    try (ProcFs proc = ProcFs.open();
        ProcTask task = proc.task(pid)) {
      return task.stat().starttime();
    }
  }

  /** Whether it has not ended. */
  boolean isAlive() {
    try {
      return startTicks(pid) == startTicks;
    } catch (IOException e) { // there is no such process
      return false;
    }
  }
}

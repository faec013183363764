package org.stasis.hooks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A container's first process: its pid, and when it was started, as another may have that pid
 * later.
 *
 * @param pid in the engine's pid namespace
 * @param startTicks clock ticks after the machine's start, from proc_pid_stat(5)
 */
record Init(int pid, long startTicks) {
  private static final int START_TIME = 19; // the 22nd field, the first two being cut off

  /**
   * The process of a pid.
   *
   * @throws IOException when it has ended
   */
  static Init of(int pid) throws IOException {
    return new Init(pid, startTicks(pid));
  }

  private static long startTicks(int pid) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return Long.parseLong(fields[START_TIME]);
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

package org.stasis.podman;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The memory limit of a process's control group, as the host has it. */
final class MemoryLimit {
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

  private MemoryLimit() {}

  /** What the kernel's file says, in bytes or {@code max}. */
  static String of(long pid) throws IOException {
    String unified = null;
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/cgroup"))) {
      String[] parts = line.split(":", 3);
      if (parts[1].equals("memory")) {
        return read("memory" + parts[2], "memory.limit_in_bytes");
      }
      if (parts[1].isEmpty()) {
        unified = parts[2].substring(1);
      }
    }
    if (unified == null) {
      throw new AssertionError("process " + pid + " is in no control group that limits memory");
    }
    return read(unified, "memory.max");
  }

  private static String read(String group, String file) throws IOException {
    return Files.readString(CGROUPS.resolve(group).resolve(file)).strip();
  }
}

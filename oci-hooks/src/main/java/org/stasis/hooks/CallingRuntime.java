package org.stasis.hooks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

/**
 * The OCI runtime that called a hook: the parent of the hook's process.
 *
 * @param path of its executable
 * @param root its option {@code --root}, if it was given
 * @param isRestoring whether it restores the container
 */
record CallingRuntime(String path, Optional<String> root, boolean isRestoring) {
  /** The parent of a process. */
  static CallingRuntime of(int hook) throws IOException {
    Path process = Path.of("/proc/" + parent(hook));
    String text =
        new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8);
    List<String> words = List.of(text.split("\0"));
    return new CallingRuntime(
        Files.readSymbolicLink(process.resolve("exe")).toString(),
        root(words),
        words.contains("restore"));
  }

  private static int parent(int pid) throws SyscallException {
    try (ProcFs proc = ProcFs.open();
        ProcTask task = proc.task(pid)) {
      return task.stat().ppid();
    }
  }

  /** As Go programs take it: one dash or two, the value behind a sign or as the next word. */
  static Optional<String> root(List<String> words) {
    for (int i = 1; i < words.size(); i++) {
      String word = words.get(i).startsWith("--") ? words.get(i).substring(1) : words.get(i);
      if (word.equals("-root") && i + 1 < words.size()) {
        return Optional.of(words.get(i + 1));
      }
      if (word.startsWith("-root=")) {
        return Optional.of(word.substring("-root=".length()));
      }
    }
    return Optional.empty();
  }
}

package org.stasis.hooks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The OCI runtime that called a hook: the parent of the hook's process.
 *
 * @param path of its executable
 * @param root its option {@code --root}, if it was given
 * @param isRestoring whether it restores the container
 */
record CallingRuntime(String path, Optional<String> root, boolean isRestoring) {
  private static final int PARENT = 1; // the 4th field, the first two being cut off

  /** The parent of a process. */
  static CallingRuntime of(int hook) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + hook + "/stat"));
    String parent = stat.substring(stat.lastIndexOf(')') + 2).split(" ")[PARENT];
    Path process = Path.of("/proc", parent);
    String words =
        new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8);
    return new CallingRuntime(
        Files.readSymbolicLink(process.resolve("exe")).toString(),
        root(List.of(words.split("\0"))),
        List.of(words.split("\0")).contains("restore"));
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

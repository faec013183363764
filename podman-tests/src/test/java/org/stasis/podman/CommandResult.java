package org.stasis.podman;

import java.nio.file.Path;
import java.util.List;

/**
 * What a command answered.
 *
 * @param command what was run, program first
 * @param exitStatus as the shell sees it: 128 and the signal's number when a signal ended it
 * @param output everything it wrote to standard output
 * @param errors everything it wrote to standard error
 */
record CommandResult(List<String> command, int exitStatus, String output, String errors) {

  /** This result, of a command that must have succeeded. */
  CommandResult orFail() {
    if (exitStatus != 0) {
      throw new AssertionError(
          "exit status " + exitStatus + " of " + this + "\n" + output + errors + logs());
    }
    return this;
  }

  /** The output without the line end. */
  String line() {
    return output.strip();
  }

  /** Log files the error names: the reason a checkpoint failed is there, not in the message. */
  private String logs() {
    StringBuilder found = new StringBuilder();
    for (String word : (errors + output).split("[\\s\"'=`:]+")) {
      if (word.startsWith("/") && word.endsWith(".log")) {
        found.append(LogFile.tail(Path.of(word)));
      }
    }
    return found.toString();
  }

  @Override
  public String toString() {
    return String.join(" ", command);
  }
}

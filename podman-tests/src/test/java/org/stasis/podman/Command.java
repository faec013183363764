package org.stasis.podman;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * An external command with a deadline. Its output goes to files, not pipes: container tools leave
 * background processes behind that would keep a pipe open.
 */
final class Command {
  /** Far more than any command here takes; reached only by one that hangs. */
  static final Duration DEADLINE = Duration.ofSeconds(120);

  private final List<String> words;
  private final Map<String, String> environment;

  private Command(List<String> words, Map<String, String> environment) {
    this.words = words;
    this.environment = environment;
  }

  static Command of(List<String> words, Map<String, String> environment) {
    return new Command(List.copyOf(words), Map.copyOf(environment));
  }

  static Command of(String... words) {
    return of(List.of(words), Map.of());
  }

  /** Runs it to its end, without standard input. */
  CommandResult run() {
    try {
      Path output = Files.createTempFile("stasis-command", ".out");
      Path errors = Files.createTempFile("stasis-command", ".err");
      try {
        Process process = start(output, errors);
        boolean ended = process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS);
        if (!ended) {
          kill(process);
        }
        CommandResult result =
            new CommandResult(
                words,
                ended ? process.exitValue() : -1,
                Files.readString(output),
                Files.readString(errors));
        if (!ended) {
          throw new AssertionError(
              "no end after "
                  + DEADLINE
                  + ": "
                  + result
                  + "\n"
                  + result.output()
                  + result.errors());
        }
        return result;
      } finally {
        Files.delete(output);
        Files.delete(errors);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for " + this, e);
    }
  }

  /** Starts it and leaves it running; the caller ends it. */
  Process start(Path output, Path errors) throws IOException {
    return start(Path.of("/dev/null"), output, errors);
  }

  /** Starts it and leaves it running; the caller ends it. */
  Process start(Path input, Path output, Path errors) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(words));
    builder.environment().putAll(environment);
    builder.redirectInput(input.toFile());
    builder.redirectOutput(output.toFile());
    builder.redirectError(errors.toFile());
    return builder.start();
  }

  /** Ends a process and what it started. */
  static void kill(Process process) throws InterruptedException {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().waitFor();
  }

  @Override
  public String toString() {
    return String.join(" ", words);
  }
}

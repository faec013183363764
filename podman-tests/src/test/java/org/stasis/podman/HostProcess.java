package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A process of this machine, outside any container, that the criu under test dumps and restores.
 */
final class HostProcess implements AutoCloseable {
  private final Map<String, String> environment;
  private final Path output;
  private final Path images;
  private final Process process;

  /** What waits for the restored process: {@code criu restore}. */
  private Optional<Process> restorer = Optional.empty();

  /**
   * Starts it as a session of its own, its output going to a file.
   *
   * @param peers whose criu is under test
   * @param directory a new directory for the output and the images
   */
  HostProcess(Peers peers, Path directory, List<String> command) {
    environment = peers.environment();
    output = directory.resolve("output");
    images = directory.resolve("images");
    List<String> words = new java.util.ArrayList<>(List.of("setsid"));
    words.addAll(command);
    try {
      Files.createDirectory(images);
      process = Command.of(words, environment).start(output, directory.resolve("errors"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Dumps it, which ends it. */
  void dump() throws InterruptedException {
    criu("dump", "--tree", Long.toString(process.pid())).run().orFail();
    assertThat(process.waitFor(Command.DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  /** Restores it, as a child of criu, which goes on waiting for it. */
  void restore() throws IOException {
    Path log = images.resolve("restore.out");
    restorer = Optional.of(criu("restore").start(log, log));
  }

  private Command criu(String verb, String... options) {
    List<String> words = new java.util.ArrayList<>(List.of("criu", verb, "-v4"));
    words.addAll(List.of("--images-dir", images.toString(), "--log-file", verb + ".log"));
    words.addAll(List.of(options));
    // The program is looked up on this process's own PATH, not on the one it is given.
    words.set(0, environment.get("PATH").split(":")[0] + "/criu");
    return Command.of(words, environment);
  }

  /** Waits until it has counted to {@code number}; returns all it printed. */
  List<Long> awaitNumber(long number) {
    return Eventually.get(
        "process " + process.pid() + " counts to " + number,
        () -> {
          Optional<List<Long>> all =
              Optional.of(numbers()).filter(n -> !n.isEmpty() && n.getLast() >= number);
          if (all.isEmpty() && restorer.isPresent() && !restorer.get().isAlive()) {
            throw new AssertionError("the restored process does not run" + logs());
          }
          return all;
        },
        this::logs);
  }

  List<Long> numbers() {
    try {
      // A line still being written is no number yet.
      String text = Files.readString(output);
      return text.substring(0, text.lastIndexOf('\n') + 1).lines().map(Long::valueOf).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String logs() {
    return LogFile.tail(output)
        + LogFile.tail(images.resolveSibling("errors"))
        + LogFile.tail(images.resolve("dump.log"))
        + LogFile.tail(images.resolve("restore.log"));
  }

  @Override
  public void close() throws InterruptedException {
    Command.kill(process);
    if (restorer.isPresent()) {
      Command.kill(restorer.get());
    }
  }
}

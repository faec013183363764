package org.stasis.specimens;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Cares for a command and all that descends from it, also once its parents are gone: {@code
 * nanny.c}. Closing it ends them all.
 */
public final class Nanny implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Process process;
  private final Path statusFile;
  private final String command;
  private final int pid;

  private Nanny(Process process, Path pidFile, String command) throws IOException {
    this.process = process;
    this.statusFile = Path.of(pidFile + ".status");
    this.command = command;
    await(command + " to start", () -> Files.exists(pidFile));
    this.pid = Integer.parseInt(Files.readString(pidFile));
  }

  /**
   * Starts a command as the leader of a session of its own, without standard input.
   *
   * @param pidFile a file that does not exist yet, in a folder for this test alone
   * @param environment added to that of this JVM
   * @param output takes what it says
   * @param command a path and its arguments
   * @return in whose care it runs
   */
  public static Nanny start(
      Path pidFile, Map<String, String> environment, Path output, List<String> command)
      throws IOException {
    List<String> words = new ArrayList<>();
    words.add(TestPrograms.compiled("c/nanny.c").toString());
    words.add(pidFile.toString());
    words.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.redirectOutput(output.toFile()).environment().putAll(environment);
    Process process = builder.start();
    try {
      return new Nanny(process, pidFile, command.getFirst());
    } catch (IOException | AssertionError e) {
      process.getOutputStream().close();
      throw e;
    }
  }

  /** The command's pid; nobody else's as long as it has no {@link #status}. */
  public int pid() {
    return pid;
  }

  /** How the command ended, as a shell sees it; nothing while it runs. */
  public OptionalInt status() throws IOException {
    try {
      return OptionalInt.of(Integer.parseInt(Files.readString(statusFile)));
    } catch (NoSuchFileException e) {
      return OptionalInt.empty();
    }
  }

  /** Waits for the command's end, and returns how it ended. */
  public int awaitStatus() throws IOException {
    await(command + " to end", () -> Files.exists(statusFile));
    return status().orElseThrow();
  }

  /** Pids of the children it has: the command, and those whose parents are gone. */
  public List<Integer> children() throws IOException {
    String text =
        Files.readString(
            Path.of("/proc/" + process.pid() + "/task/" + process.pid() + "/children"));
    List<Integer> pids = new ArrayList<>();
    for (String word : text.strip().split(" ", -1)) {
      if (!word.isEmpty()) {
        pids.add(Integer.valueOf(word));
      }
    }
    return pids;
  }

  /**
   * Waits for something that will come.
   *
   * @param what for the failure's message
   * @param condition asked again and again
   */
  public static void await(String what, BooleanSupplier condition) {
    Instant deadline = Instant.now().plus(PATIENCE);
    while (!condition.getAsBoolean()) {
      assertThat(Instant.now()).as("waiting for " + what).isBefore(deadline);
      LockSupport.parkNanos(2_000_000);
    }
  }

  /** Ends all that it cares for, and waits until they are gone. */
  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

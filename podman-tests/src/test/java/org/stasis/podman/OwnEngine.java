package org.stasis.podman;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.stasis.specimens.Nanny;

/**
 * An engine that stays, for one test alone: it listens at a path of its own, so that it can be
 * killed without harm to others.
 */
final class OwnEngine implements AutoCloseable {
  /** What the JDK opens when it is first asked for a random number, and keeps. */
  private static final List<String> RANDOM = List.of("/dev/random", "/dev/urandom");

  private final Path folder;
  private final Path socket;
  private final Path log;
  private final List<String> command;
  private final Path library;
  private Process process;

  /**
   * Starts it and waits until it listens.
   *
   * @param criuDirectory of a distribution of Stasis
   */
  OwnEngine(Path criuDirectory) throws IOException {
    folder = Files.createTempDirectory("stasis-engine");
    socket = folder.resolve("socket");
    log = folder.resolve("log");
    Path home = criuDirectory.toRealPath().getParent();
    library = home.resolve("lib");
    command = new ArrayList<>();
    for (String line : Files.readAllLines(library.resolve("launch"))) {
      if (!line.isEmpty()) {
        command.add(line.replace("@", home.toString()));
      }
    }
    command.addAll(List.of("listen", socket.toString()));
    process = start();
  }

  private Process start() throws IOException {
    Files.deleteIfExists(socket);
    Process started =
        new ProcessBuilder(command)
            .directory(library.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    Nanny.await("the engine to listen", () -> Files.exists(socket) || !started.isAlive());
    if (!started.isAlive()) {
      throw new IOException("the engine did not start" + LogFile.tail(log));
    }
    return started;
  }

  /** What a command's environment needs so that this engine serves it. */
  Map<String, String> environment() {
    return Map.of("STASIS_ENGINE", socket.toString());
  }

  /** The end of its log. */
  String log() {
    return LogFile.tail(log);
  }

  /** Its pid. */
  long pid() {
    return process.pid();
  }

  /** Ends it at once, and waits until it is gone. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** Starts it anew. */
  void startAgain() throws IOException {
    kill();
    process = start();
  }

  /** What it has open, as links in {@code /proc/PID/fd}; sorted. */
  List<String> openFiles() {
    List<String> links = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
      for (Path file : files.toList()) {
        link(file).ifPresent(links::add);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    links.sort(null);
    return links;
  }

  /** Without numbers, which differ; nothing when it has been closed meanwhile. */
  private static Optional<String> link(Path file) throws IOException {
    try {
      return Optional.of(Files.readSymbolicLink(file).toString().replaceAll("[0-9]+", "N"));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * Waits until it has nothing open that it did not have.
   *
   * @param before what {@link #openFiles} said before
   */
  void awaitNothingLeft(List<String> before) {
    try {
      Nanny.await("the engine to close what it opened", () -> openedSince(before).isEmpty());
    } catch (AssertionError e) {
      throw new AssertionError("the engine keeps open: " + openedSince(before), e);
    }
  }

  private List<String> openedSince(List<String> before) {
    List<String> opened = openFiles();
    before.forEach(opened::remove);
    opened.removeIf(RANDOM::contains);
    return opened;
  }

  @Override
  public void close() throws IOException {
    kill();
    Files.deleteIfExists(socket);
    Files.deleteIfExists(log);
    Files.delete(folder);
  }
}

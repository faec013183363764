package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** A container of the test storage, by its name. */
final class Container {
  private final Podman podman;
  private final String name;

  Container(Podman podman, String name) {
    this.podman = podman;
    this.name = name;
  }

  String name() {
    return name;
  }

  /** Stops it and writes its images, with options of {@code podman container checkpoint}. */
  CommandResult checkpoint(String... options) {
    return podman.run(words("checkpoint", options));
  }

  /** Brings it back in place, with options of {@code podman container restore}. */
  CommandResult restore(String... options) {
    return podman.run(words("restore", options));
  }

  /** Stops it and writes an archive, from which others can be made; the container is removed. */
  Path export(String... options) {
    Path archive = podman.directory().resolve("checkpoint.tar.zst");
    List<String> all = new ArrayList<>(List.of(options));
    all.addAll(List.of("--export", archive.toString()));
    checkpoint(all.toArray(String[]::new));
    podman.run("rm", name);
    return archive;
  }

  /** Types into it until it has printed what it should, {@code podman attach} staying attached. */
  void type(String text, Predicate<List<String>> printed) {
    podman.whileTyping(
        name,
        text,
        () ->
            Eventually.get(
                "the answer of " + name,
                () -> whileRunning(log(), printed),
                () -> describe().getMessage()));
  }

  private String[] words(String verb, String... options) {
    List<String> words = new ArrayList<>(List.of("container", verb));
    words.addAll(List.of(options));
    words.add(name);
    return words.toArray(String[]::new);
  }

  /** Runs a command in it and returns what it printed. */
  String exec(String... command) {
    List<String> words = new ArrayList<>(List.of("exec", name));
    words.addAll(List.of(command));
    return podman.run(words.toArray(String[]::new)).line();
  }

  /** A value of {@code podman inspect}, such as {@code .State.Running}. */
  String inspect(String field) {
    return podman.run("inspect", "--format", "{{" + field + "}}", name).line();
  }

  boolean isRunning() {
    return inspect(".State.Running").equals("true");
  }

  /** Its address on the tests' bridge network. */
  String address() {
    return inspect("(index .NetworkSettings.Networks \"" + podman.network() + "\").IPAddress");
  }

  /** What it printed, without the carriage returns of a terminal. */
  List<String> log() {
    return podman.run("logs", name).output().replace("\r", "").lines().toList();
  }

  /** The numbers a counting container printed so far; fails on any other line. */
  List<Long> numbers() {
    return log().stream().map(Long::valueOf).toList();
  }

  /** Waits until a counting container got as far as {@code number}; returns all it printed. */
  List<Long> awaitNumber(long number) {
    return Eventually.get(
        name + " counts to " + number,
        () -> whileRunning(numbers(), all -> !all.isEmpty() && all.getLast() >= number),
        () -> describe().getMessage());
  }

  /** What satisfies, or nothing yet; fails when it cannot come any more. */
  private <T> Optional<T> whileRunning(T seen, Predicate<T> satisfied) {
    if (satisfied.test(seen)) {
      return Optional.of(seen);
    }
    if (!isRunning()) {
      throw new AssertionError(name + " does not run any more: " + describe().getMessage());
    }
    return Optional.empty();
  }

  /** Waits until it has ended. */
  void awaitEnd() {
    Eventually.get(
        "the end of " + name,
        () -> Optional.of(inspect(".State.Status")).filter("exited"::equals),
        () -> describe().getMessage());
  }

  /** The last number it printed. */
  long lastNumber() {
    List<Long> numbers = numbers();
    assertThat(numbers).as("numbers printed by %s", name).isNotEmpty();
    return numbers.getLast();
  }

  /** Its state, its log and the logs of the tools, to go along with a failure. */
  AssertionError describe() {
    CommandResult state = podman.tryRun("inspect", "--format", "{{json .State}}", name);
    CommandResult log = podman.tryRun("logs", "--tail", "20", name);
    StringBuilder text = new StringBuilder(name).append(": ");
    text.append(state.output()).append(state.errors());
    text.append("--- log\n").append(log.output()).append(log.errors());
    CommandResult directory = podman.tryRun("inspect", "--format", "{{.StaticDir}}", name);
    if (directory.exitStatus() == 0) {
      text.append(LogFile.tail(Path.of(directory.line(), "dump.log")));
      text.append(LogFile.tail(Path.of(directory.line(), "restore.log")));
    }
    AssertionError description = new AssertionError(text.toString());
    description.setStackTrace(new StackTraceElement[0]);
    return description;
  }
}

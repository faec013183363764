package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** A container by its name, as podman's and Docker's command lines show it, which are the same. */
abstract class ToolContainer {
  private final String name;

  ToolContainer(String name) {
    this.name = name;
  }

  /** Runs the tool, whatever it answers. */
  abstract CommandResult tryTool(String... arguments);

  /** Where the tools leave what they say of a failure. */
  abstract String logs();

  private CommandResult tool(String... arguments) {
    return tryTool(arguments).orFail();
  }

  final String name() {
    return name;
  }

  /** Runs a command in it and returns what it printed. */
  String exec(String... command) {
    List<String> words = new ArrayList<>(List.of("exec", name));
    words.addAll(List.of(command));
    return tool(words.toArray(String[]::new)).line();
  }

  /** A value of {@code podman inspect}, such as {@code .State.Running}. */
  String inspect(String field) {
    return tool("inspect", "--format", "{{" + field + "}}", name).line();
  }

  boolean isRunning() {
    return inspect(".State.Running").equals("true");
  }

  /** What it printed, without the carriage returns of a terminal. */
  List<String> log() {
    return tool("logs", name).output().replace("\r", "").lines().toList();
  }

  /** The numbers a counting container printed so far; fails on any other line. */
  List<Long> numbers() {
    return log().stream().map(Long::valueOf).toList();
  }

  /** Waits until a counting container got as far as {@code number}; returns all it printed. */
  List<Long> awaitNumber(long number) {
    return Eventually.get(
        name + " counts to " + number,
        () -> whileRunning(this::numbers, all -> !all.isEmpty() && all.getLast() >= number),
        () -> describe().getMessage());
  }

  /** What satisfies, or nothing yet; fails when it cannot come any more. */
  final <T> Optional<T> whileRunning(Supplier<T> look, Predicate<T> satisfied) {
    Optional<T> seen = Optional.of(look.get()).filter(satisfied);
    if (seen.isPresent() || isRunning()) {
      return seen;
    }
    seen = Optional.of(look.get()).filter(satisfied); // it may have said it just before its end
    if (seen.isEmpty()) {
      throw new AssertionError(name + " does not run any more: " + describe().getMessage());
    }
    return seen;
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
  final AssertionError describe() {
    CommandResult state = tryTool("inspect", "--format", "{{json .State}}", name);
    CommandResult log = tryTool("logs", "--tail", "20", name);
    StringBuilder text = new StringBuilder(name).append(": ");
    text.append(state.output()).append(state.errors());
    text.append("--- log\n").append(log.output()).append(log.errors());
    text.append(logs());
    AssertionError description = new AssertionError(text.toString());
    description.setStackTrace(new StackTraceElement[0]);
    return description;
  }
}

package org.stasis.hooks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.stasis.shim.runc.JsonObject;

/**
 * That checkpoints of a container are taken while it runs: what its annotations {@code
 * org.stasis.checkpoint.*} ask for.
 *
 * @param every the time from one to the next, and from the start to the first
 * @param keep how many are kept, the oldest going first
 * @param directory where; each container has a folder of its id in it
 * @param options of {@code stasis-runc checkpoint}, such as {@code --tcp-established}
 */
record CheckpointPolicy(Duration every, int keep, Path directory, List<String> options) {
  private static final String PREFIX = "org.stasis.checkpoint.";
  private static final String EVERY = PREFIX + "every";
  private static final String KEEP = PREFIX + "keep";
  private static final String DIRECTORY = PREFIX + "directory";
  private static final Set<String> SWITCHES =
      Set.of("tcp-established", "ext-unix-sk", "file-locks", "tcp-skip-in-flight", "link-remap");
  private static final int KEEP_BY_DEFAULT = 3;
  private static final Path BY_DEFAULT = Path.of("/var/lib/stasis/checkpoints");

  CheckpointPolicy {
    options = List.copyOf(options);
  }

  /**
   * What annotations ask for.
   *
   * @return nothing when they ask for nothing
   * @throws HookFailure when they are not understood
   */
  static Optional<CheckpointPolicy> of(JsonObject annotations) throws HookFailure {
    Set<String> asked = new TreeSet<>();
    for (String name : annotations.members().keySet()) {
      if (name.startsWith(PREFIX)) {
        asked.add(name);
      }
    }
    if (asked.isEmpty()) {
      return Optional.empty();
    }
    List<String> options = new ArrayList<>();
    for (String name : asked) {
      String word = name.substring(PREFIX.length());
      if (SWITCHES.contains(word)) {
        if (isOn(name, value(annotations, name))) {
          options.add("--" + word);
        }
      } else if (!Set.of(EVERY, KEEP, DIRECTORY).contains(name)) {
        throw new HookFailure("unknown annotation " + name);
      }
    }
    return Optional.of(
        new CheckpointPolicy(
            duration(value(annotations, EVERY)),
            asked.contains(KEEP) ? count(value(annotations, KEEP)) : KEEP_BY_DEFAULT,
            asked.contains(DIRECTORY) ? directory(value(annotations, DIRECTORY)) : BY_DEFAULT,
            options));
  }

  private static String value(JsonObject annotations, String name) throws HookFailure {
    return annotations
        .text(name)
        .orElseThrow(() -> new HookFailure("the annotation " + name + " is missing"));
  }

  private static boolean isOn(String name, String value) throws HookFailure {
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new HookFailure("annotation " + name + ": true or false, not " + value);
    };
  }

  private static Duration duration(String text) throws HookFailure {
    String number = text.isEmpty() ? "" : text.substring(0, text.length() - 1);
    try {
      long count = Long.parseLong(number);
      if (count > 0) {
        switch (text.charAt(text.length() - 1)) {
          case 's':
            return Duration.ofSeconds(count);
          case 'm':
            return Duration.ofMinutes(count);
          case 'h':
            return Duration.ofHours(count);
          default:
            break;
        }
      }
    } catch (NumberFormatException | ArithmeticException e) {
      throw new HookFailure(everyIs(text), e);
    }
    throw new HookFailure(everyIs(text));
  }

  private static String everyIs(String text) {
    return "annotation " + EVERY + ": a number with s, m or h, such as 90s or 5m, not " + text;
  }

  private static int count(String text) throws HookFailure {
    try {
      int count = Integer.parseInt(text);
      if (count > 0) {
        return count;
      }
    } catch (NumberFormatException e) {
      throw new HookFailure("annotation " + KEEP + ": a number, not " + text, e);
    }
    throw new HookFailure("annotation " + KEEP + ": at least 1, not " + text);
  }

  private static Path directory(String text) throws HookFailure {
    Path path = Path.of(text).normalize();
    if (!path.isAbsolute()) {
      throw new HookFailure("annotation " + DIRECTORY + ": an absolute path, not " + text);
    }
    return path;
  }

  /** As the record has it. */
  Map<String, Object> json() {
    return Map.of(
        "everySeconds",
        every.toSeconds(),
        "keep",
        keep,
        "directory",
        directory.toString(),
        "options",
        options);
  }

  /** From the record. */
  static Optional<CheckpointPolicy> fromJson(JsonObject json) {
    return json.members().isEmpty()
        ? Optional.empty()
        : Optional.of(
            new CheckpointPolicy(
                Duration.ofSeconds(json.number("everySeconds", 0)),
                (int) json.number("keep", KEEP_BY_DEFAULT),
                Path.of(json.text("directory").orElse(BY_DEFAULT.toString())),
                json.texts("options")));
  }
}

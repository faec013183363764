package org.stasis.shim.criu;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.options.FinalState;

/**
 * What all sources together ask for: configuration files, command line and RPC request, applied in
 * their order. Values are text until a command reads them.
 */
final class Settings {
  private final Map<CriuOption, Boolean> flags = new EnumMap<>(CriuOption.class);
  private final Map<CriuOption, String> values = new EnumMap<>(CriuOption.class);
  private final Map<CriuOption, List<String>> lists = new EnumMap<>(CriuOption.class);
  private FinalState finalState = FinalState.KILLED;

  /** A copy to be changed apart from this one. */
  Settings copy() {
    Settings copy = new Settings();
    copy.flags.putAll(flags);
    copy.values.putAll(values);
    lists.forEach((option, list) -> copy.lists.put(option, new ArrayList<>(list)));
    copy.finalState = finalState;
    return copy;
  }

  void apply(List<GivenOption> options) {
    for (GivenOption given : options) {
      apply(given);
    }
  }

  private void apply(GivenOption given) {
    String value = given.value() == null ? "" : given.value();
    switch (given.option().kind()) {
      case FLAG -> set(given.option(), given.on());
      case VALUE, OPTIONAL_VALUE -> set(given.option(), value);
      case LIST, OPTIONAL_LIST -> add(given.option(), value);
    }
  }

  /** Switches a flag. */
  void set(CriuOption flag, boolean on) {
    switch (flag) {
      case LEAVE_RUNNING -> finalState = FinalState.RUNNING;
      case LEAVE_STOPPED -> finalState = FinalState.STOPPED;
      case DAEMON -> flags.put(CriuOption.RESTORE_DETACHED, on); // one letter, one meaning
      default -> flags.put(flag, on);
    }
  }

  /** Gives an option its value; an option that accumulates forgets what it had. */
  void set(CriuOption option, String value) {
    if (option.accumulates()) {
      lists.put(option, new ArrayList<>(List.of(value)));
    } else {
      values.put(option, value);
    }
  }

  /** Adds one value to those an option has. */
  void add(CriuOption option, String value) {
    lists.computeIfAbsent(option, absent -> new ArrayList<>()).add(value);
  }

  /** Takes back everything said about an option. */
  void forget(CriuOption option) {
    flags.remove(option);
    values.remove(option);
    lists.remove(option);
  }

  FinalState finalState() {
    return finalState;
  }

  boolean on(CriuOption flag) {
    return on(flag, false);
  }

  boolean on(CriuOption flag, boolean byDefault) {
    Boolean on = flags.get(flag);
    return on == null ? byDefault : on;
  }

  Optional<String> value(CriuOption option) {
    return Optional.ofNullable(values.get(option));
  }

  List<String> list(CriuOption option) {
    List<String> list = lists.get(option);
    return list == null ? List.of() : List.copyOf(list);
  }

  /** Whether an option was given at all and not taken back. */
  boolean asksFor(CriuOption option) {
    return on(option) || values.containsKey(option) || lists.containsKey(option);
  }

  /**
   * A value that is a whole number.
   *
   * @throws UsageException when it is none, or out of range
   */
  int number(CriuOption option, int byDefault, int lowest, int highest) throws UsageException {
    String text = values.get(option);
    return text == null ? byDefault : number(option, text, lowest, highest);
  }

  static int number(CriuOption option, @Nullable String text, int lowest, int highest)
      throws UsageException {
    try {
      long number = Long.parseLong(text == null ? "" : text);
      if (number >= lowest && number <= highest) {
        return (int) number;
      }
    } catch (NumberFormatException e) {
      throw invalid(option, text, e);
    }
    throw invalid(option, text, null);
  }

  static UsageException invalid(
      CriuOption option, @Nullable String value, @Nullable Throwable why) {
    String reason =
        why == null || why instanceof NumberFormatException ? "" : ": " + why.getMessage();
    return new UsageException(
        "invalid argument for --" + option.word() + ": " + value + reason, why);
  }
}

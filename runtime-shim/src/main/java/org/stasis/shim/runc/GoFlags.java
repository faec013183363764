package org.stasis.shim.runc;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads words as Go's flag package does: one dash or two, the value in the next word or after an
 * equals sign, up to the first word that is no option or to {@code --}. Messages are that package's
 * own, which callers look for.
 */
final class GoFlags {
  private static final Set<String> TRUE = Set.of("1", "t", "T", "true", "TRUE", "True");
  private static final Set<String> FALSE = Set.of("0", "f", "F", "false", "FALSE", "False");

  private final List<GoFlag> known;
  private final Map<GoFlag, List<String>> values = new HashMap<>();

  private GoFlags(List<GoFlag> known) {
    this.known = known;
  }

  /**
   * What was read.
   *
   * @param values of each option given, in their order; {@code true} or {@code false} of a BOOL
   * @param rest the words that are no options
   */
  record Parsed(Map<GoFlag, List<String>> values, List<String> rest) {
    boolean on(GoFlag flag) {
      return value(flag).orElse("").equals("true");
    }

    /** The last value; an empty one counts as none, as with runc. */
    Optional<String> value(GoFlag flag) {
      List<String> all = list(flag);
      return all.isEmpty() || all.getLast().isEmpty()
          ? Optional.empty()
          : Optional.of(all.getLast());
    }

    int number(GoFlag flag, int byDefault) {
      return value(flag).map(text -> Long.decode(text).intValue()).orElse(byDefault);
    }

    List<String> list(GoFlag flag) {
      return values.getOrDefault(flag, List.of());
    }
  }

  /**
   * Reads options up to the first word that is none.
   *
   * @param known the options there are
   * @param words to be read
   * @throws UsageException for a word that looks like an option and is none of these
   */
  static Parsed parse(List<GoFlag> known, List<String> words) throws UsageException {
    GoFlags flags = new GoFlags(known);
    return new Parsed(flags.values, flags.read(words, true));
  }

  /**
   * Reads options also behind words that are none, as runc does for its commands; what looks like
   * an option there and is not known stays among the other words.
   *
   * @param known the options there are
   * @param words to be read
   * @throws UsageException for a word before the others that looks like an option and is none
   */
  static Parsed parseAnywhere(List<GoFlag> known, List<String> words) throws UsageException {
    GoFlags flags = new GoFlags(known);
    List<String> rest = new ArrayList<>();
    List<String> left = flags.read(words, true);
    while (!left.isEmpty()) {
      rest.add(left.getFirst());
      left = flags.read(left.subList(1, left.size()), false);
    }
    return new Parsed(flags.values, rest);
  }

  private List<String> read(List<String> words, boolean complaining) throws UsageException {
    int i = 0;
    while (i < words.size()) {
      String word = words.get(i);
      if (word.length() < 2 || word.charAt(0) != '-') {
        break;
      }
      i++;
      if (word.equals("--")) {
        break;
      }
      int start = word.startsWith("--") ? 2 : 1;
      int sign = word.indexOf('=', start);
      String name = word.substring(start, sign < 0 ? word.length() : sign);
      if (name.isEmpty() || name.charAt(0) == '-') {
        throw new UsageException("bad flag syntax: " + word);
      }
      GoFlag flag = flag(name);
      if (flag == null && !complaining) {
        return words.subList(i - 1, words.size());
      }
      if (flag == null) {
        throw new UsageException("flag provided but not defined: -" + name);
      }
      String value = sign < 0 ? null : word.substring(sign + 1);
      if (value == null && flag.kind() != GoFlag.Kind.BOOL) {
        if (i == words.size()) {
          throw new UsageException("flag needs an argument: -" + name);
        }
        value = words.get(i++);
      }
      values
          .computeIfAbsent(flag, absent -> new ArrayList<>())
          .add(checked(flag, name, value == null ? "true" : value));
    }
    return words.subList(i, words.size());
  }

  private @Nullable GoFlag flag(String name) {
    for (GoFlag flag : known) {
      if (flag.names().contains(name)) {
        return flag;
      }
    }
    return null;
  }

  private static String checked(GoFlag flag, String name, String value) throws UsageException {
    return switch (flag.kind()) {
      case BOOL -> bool(name, value);
      case NUMBER -> number(name, value);
      case VALUE, LIST -> value;
    };
  }

  private static String bool(String name, String value) throws UsageException {
    if (!TRUE.contains(value) && !FALSE.contains(value)) {
      throw new UsageException(
          "invalid boolean value " + RuntimeLog.quoted(value) + " for -" + name + ": parse error");
    }
    return Boolean.toString(TRUE.contains(value));
  }

  private static String number(String name, String value) throws UsageException {
    try {
      return Long.toString(Long.decode(value));
    } catch (NumberFormatException e) {
      throw new UsageException(
          "invalid value " + RuntimeLog.quoted(value) + " for flag -" + name + ": parse error", e);
    }
  }
}

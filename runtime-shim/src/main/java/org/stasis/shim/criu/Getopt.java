package org.stasis.shim.criu;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads words by the rules of getopt_long(3) as GNU has it: options and other words in any order,
 * unique beginnings of long names, clusters of letters, optional values only attached, {@code --}
 * ends the options.
 */
final class Getopt {
  private static final CriuOption[] OPTIONS = CriuOption.values();
  private static final String NO = "no-";

  private final String program;
  private final List<String> input;
  private final List<GivenOption> options = new ArrayList<>();
  private final List<String> words = new ArrayList<>();
  private int at;

  private Getopt(String program, List<String> input) {
    this.program = program;
    this.input = input;
  }

  /**
   * Reads a line.
   *
   * @param program the name that messages start with
   * @param input the words without the program's name
   * @return options and other words, each in their order
   * @throws UsageException when a word is no option, or a value is missing or too much
   */
  static CommandLine parse(String program, List<String> input) throws UsageException {
    Getopt getopt = new Getopt(program, input);
    getopt.read();
    return new CommandLine(getopt.options, getopt.words);
  }

  private void read() throws UsageException {
    while (at < input.size()) {
      String word = input.get(at++);
      if (word.equals("--")) {
        words.addAll(input.subList(at, input.size()));
        return;
      } else if (word.startsWith("--")) {
        longOption(word);
      } else if (word.startsWith("-") && word.length() > 1) {
        letters(word);
      } else {
        words.add(word);
      }
    }
  }

  private void longOption(String word) throws UsageException {
    int equals = word.indexOf('=');
    String name = word.substring(2, equals < 0 ? word.length() : equals);
    String value = equals < 0 ? null : word.substring(equals + 1);
    Name found = find(word, name);
    CriuOption option = found.option();
    if (value != null && (!found.on() || !option.takesValue())) {
      throw bad("option '--" + found.text() + "' doesn't allow an argument");
    }
    if (value == null && option.needsValue()) {
      value = next("option '--" + found.text() + "' requires an argument");
    }
    options.add(new GivenOption(option, value, found.on()));
  }

  private void letters(String word) throws UsageException {
    for (int i = 1; i < word.length(); i++) {
      CriuOption option = find(word.charAt(i));
      String rest = i + 1 < word.length() ? word.substring(i + 1) : null;
      if (!option.takesValue()) {
        options.add(new GivenOption(option, null, true));
        continue;
      }
      if (rest == null && option.needsValue()) {
        rest = next("option requires an argument -- '" + word.charAt(i) + "'");
      }
      options.add(new GivenOption(option, rest, true));
      return;
    }
  }

  private String next(String complaint) throws UsageException {
    if (at == input.size()) {
      throw bad(complaint);
    }
    return input.get(at++);
  }

  private CriuOption find(char letter) throws UsageException {
    for (CriuOption option : OPTIONS) {
      if (option.letter() == letter && letter != '-') {
        return option;
      }
    }
    throw bad("invalid option -- '" + letter + "'");
  }

  private Name find(String word, String beginning) throws UsageException {
    List<Name> matches = new ArrayList<>();
    for (CriuOption option : OPTIONS) {
      Name plain = new Name(option, true);
      Name negated = new Name(option, false);
      if (plain.text().equals(beginning)) {
        return plain;
      }
      if (option.negatable() && negated.text().equals(beginning)) {
        return negated;
      }
      if (plain.text().startsWith(beginning)) {
        matches.add(plain);
      }
      if (option.negatable() && negated.text().startsWith(beginning)) {
        matches.add(negated);
      }
    }
    if (matches.isEmpty()) {
      throw bad("unrecognized option '" + unvalued(word) + "'");
    }
    if (matches.size() > 1) {
      throw bad(ambiguous(word, matches));
    }
    return matches.getFirst();
  }

  private static String ambiguous(String word, List<Name> matches) {
    StringBuilder text = new StringBuilder("option '");
    text.append(unvalued(word)).append("' is ambiguous; possibilities:");
    for (Name match : matches) {
      text.append(" '--").append(match.text()).append('\'');
    }
    return text.toString();
  }

  private static String unvalued(String word) {
    int equals = word.indexOf('=');
    return equals < 0 ? word : word.substring(0, equals);
  }

  private UsageException bad(String complaint) {
    return UsageException.syntax(program + ": " + complaint);
  }

  /** A long name: that of an option, or its negation. */
  private record Name(CriuOption option, boolean on) {
    String text() {
      return on ? option.word() : NO + option.word();
    }
  }

  /**
   * What was read.
   *
   * @param options in the order given
   * @param words everything that is no option, in the order given
   */
  record CommandLine(List<GivenOption> options, List<String> words) {
    CommandLine {
      options = List.copyOf(options);
      words = List.copyOf(words);
    }

    /** The last value given to an option that takes one. */
    @Nullable String last(CriuOption option) {
      String value = null;
      for (GivenOption given : options) {
        if (given.option() == option) {
          value = given.value();
        }
      }
      return value;
    }

    boolean has(CriuOption option) {
      for (GivenOption given : options) {
        if (given.option() == option && given.on()) {
          return true;
        }
      }
      return false;
    }
  }
}

package org.stasis.shim.runc;

import java.util.List;

/**
 * One option as Go's flag package reads it.
 *
 * @param names without dashes, the long one first
 * @param kind what it takes
 * @param argument what stands for the value in the help
 * @param help what it does
 */
record GoFlag(List<String> names, Kind kind, String argument, String help) {
  /** What an option takes, and what becomes of several. */
  enum Kind {
    /** Nothing, or {@code =true} and {@code =false}; the last one wins. */
    BOOL,
    /** A value; the last one wins. */
    VALUE,
    /** A whole number; the last one wins. */
    NUMBER,
    /** A value; all count. */
    LIST
  }

  static GoFlag bool(String name, String help) {
    return new GoFlag(List.of(name), Kind.BOOL, "", help);
  }

  static GoFlag bool(String name, String letter, String help) {
    return new GoFlag(List.of(name, letter), Kind.BOOL, "", help);
  }

  static GoFlag value(String name, String argument, String help) {
    return new GoFlag(List.of(name), Kind.VALUE, argument, help);
  }

  static GoFlag value(String name, String letter, String argument, String help) {
    return new GoFlag(List.of(name, letter), Kind.VALUE, argument, help);
  }

  static GoFlag number(String name, String argument, String help) {
    return new GoFlag(List.of(name), Kind.NUMBER, argument, help);
  }

  static GoFlag list(String name, String argument, String help) {
    return new GoFlag(List.of(name), Kind.LIST, argument, help);
  }

  /** The name that stands for all of them. */
  String name() {
    return names.getFirst();
  }

  /** Adds it with a value to a command line. */
  void write(String value, List<String> words) {
    words.add("--" + name() + "=" + value);
  }

  /** Adds it to a command line if it is given. */
  void write(boolean given, List<String> words) {
    if (given) {
      words.add("--" + name());
    }
  }
}

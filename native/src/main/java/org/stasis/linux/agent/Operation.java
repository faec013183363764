package org.stasis.linux.agent;

import java.util.List;
import org.stasis.linux.SyscallNumber;

/**
 * One step of a program.
 *
 * @param verb what it does
 * @param number the system call's number, for {@link Verb#SYSCALL}
 * @param arguments up to six
 * @param expect which results let the program go on
 * @param why for whoever has to explain a failure
 */
public record Operation(
    Verb verb, int number, List<Argument> arguments, Expect expect, Provenance why) {
  /** Size of {@code struct operation}, in bytes. */
  static final long SIZE = 72;

  static final int MOST_ARGUMENTS = 6;

  /** Checks the number of arguments. */
  public Operation {
    arguments = List.copyOf(arguments);
    if (arguments.size() > MOST_ARGUMENTS) {
      throw new IllegalArgumentException("more than six arguments");
    }
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(
        verb == Verb.SYSCALL
            ? SyscallNumber.name(number)
            : verb.name().toLowerCase(java.util.Locale.ROOT));
    text.append('(');
    for (int i = 0; i < arguments.size(); i++) {
      text.append(i == 0 ? "" : ", ").append(arguments.get(i));
    }
    return text.append(')').toString();
  }
}

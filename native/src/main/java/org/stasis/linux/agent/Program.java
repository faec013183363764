package org.stasis.linux.agent;

import java.util.ArrayList;
import java.util.List;
import org.stasis.linux.SyscallNumber;

/**
 * A list of operations under construction, for one task or thread. It only grows; laying it out for
 * the agent is {@link Plan#layOut}'s business.
 *
 * <p>Methods that append return what later operations of the same program can use as an argument:
 * the operation's result.
 */
public final class Program {
  private final int index;
  private final List<Operation> operations = new ArrayList<>();
  private Provenance why;

  Program(int index, Provenance why) {
    this.index = index;
    this.why = why;
  }

  /**
   * A piece of a program that is appended to one later, and can be made before its plan is known.
   *
   * @param why what its first operations are for
   * @return the fragment, empty
   */
  public static Program fragment(Provenance why) {
    return new Program(-1, why);
  }

  /**
   * Says what the following operations are for.
   *
   * @param reason for whoever has to explain a failure
   * @return this
   */
  public Program why(Provenance reason) {
    this.why = reason;
    return this;
  }

  /**
   * Says what the following operations are for, in the same task as before.
   *
   * @param doing what to what, such as {@code "opening /data/dump.rdb"}
   * @return this
   */
  public Program why(String doing) {
    return why(new Provenance(why.task(), doing, ""));
  }

  /**
   * Says what the following operations are for, and what helps when they fail.
   *
   * @param doing what to what
   * @param remedy what the user can do
   * @return this
   */
  public Program why(String doing, String remedy) {
    return why(new Provenance(why.task(), doing, remedy));
  }

  /**
   * What the next operation would be for.
   *
   * @return the reason last given
   */
  public Provenance why() {
    return why;
  }

  /**
   * Appends a system call that must not fail.
   *
   * @param number see {@link SyscallNumber}
   * @param arguments up to six
   * @return its result
   */
  public Argument call(int number, Argument... arguments) {
    return add(Verb.SYSCALL, number, Expect.SUCCESS, arguments);
  }

  /**
   * Appends a system call whose arguments are all known and that must not fail.
   *
   * @param number see {@link SyscallNumber}
   * @param arguments up to six values
   * @return its result
   */
  public Argument call(int number, long... arguments) {
    return add(Verb.SYSCALL, number, Expect.SUCCESS, immediates(arguments));
  }

  /**
   * Appends a system call with a rule of its own for its result.
   *
   * @param expect which results let the program go on
   * @param number see {@link SyscallNumber}
   * @param arguments up to six
   * @return its result
   */
  public Argument call(Expect expect, int number, Argument... arguments) {
    return add(Verb.SYSCALL, number, expect, arguments);
  }

  /**
   * Appends any operation.
   *
   * @param verb what it does
   * @param expect which results let the program go on
   * @param arguments up to six
   * @return its result
   */
  public Argument add(Verb verb, Expect expect, Argument... arguments) {
    return add(verb, 0, expect, arguments);
  }

  private Argument add(Verb verb, int number, Expect expect, Argument... arguments) {
    operations.add(new Operation(verb, number, List.of(arguments), expect, why));
    return new Argument(Argument.Source.RESULT, operations.size() - 1);
  }

  /**
   * Appends another program's operations, whose results then are this one's.
   *
   * @param other a program of the same plan; unchanged
   */
  public void append(Program other) {
    int shift = operations.size();
    for (Operation op : other.operations) {
      operations.add(shift == 0 ? op : shifted(op, shift));
    }
  }

  private static Operation shifted(Operation op, int shift) {
    List<Argument> arguments = new ArrayList<>(op.arguments().size());
    for (Argument argument : op.arguments()) {
      arguments.add(
          argument.source() == Argument.Source.RESULT
              ? new Argument(Argument.Source.RESULT, argument.value() + shift)
              : argument);
    }
    return new Operation(op.verb(), op.number(), arguments, op.expect(), op.why());
  }

  private static Argument[] immediates(long[] values) {
    Argument[] arguments = new Argument[values.length];
    for (int i = 0; i < values.length; i++) {
      arguments[i] = Argument.of(values[i]);
    }
    return arguments;
  }

  /**
   * The number of this program in its plan, for {@link Verb#SPAWN}.
   *
   * @return an argument that becomes the program's offset
   */
  public Argument reference() {
    if (index < 0) {
      throw new IllegalStateException("a fragment is not a program");
    }
    return new Argument(Argument.Source.PROGRAM, index);
  }

  /**
   * What has been appended.
   *
   * @return a view
   */
  public List<Operation> operations() {
    return java.util.Collections.unmodifiableList(operations);
  }

  /**
   * One operation's place in a result table.
   *
   * @param result what an appending method returned
   * @return the number of the operation
   */
  static int number(Argument result) {
    if (result.source() != Argument.Source.RESULT) {
      throw new IllegalArgumentException("not the result of an operation: " + result);
    }
    return (int) result.value();
  }

  int index() {
    return index;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    Provenance last = new Provenance("", "", "");
    for (int i = 0; i < operations.size(); i++) {
      Operation op = operations.get(i);
      if (!op.why().equals(last)) {
        last = op.why();
        text.append("# ").append(last.task()).append(": ").append(last.doing()).append('\n');
      }
      text.append("r").append(i).append(" = ").append(op).append('\n');
    }
    return text.toString();
  }
}

package org.stasis.linux.agent;

/**
 * Where the agent takes the value of an operation's argument from.
 *
 * @param source the kind, {@code enum source} of agent.h
 * @param value what it means depends on the source
 */
public record Argument(Source source, long value) {
  /** Zero, the argument that calls ignore. */
  public static final Argument ZERO = new Argument(Source.IMMEDIATE, 0);

  /** The kinds, in the order of {@code enum source}. */
  public enum Source {
    /** The value itself. */
    IMMEDIATE,
    /** The address of channel + value. */
    CHANNEL,
    /** The result of operation number value of the same program. */
    RESULT,
    /** The 32-bit word at channel + value, sign extended. */
    WORD,
    /** The 64-bit word at channel + value. */
    LONG,
    /** The offset of program number value of the plan; an immediate once the plan is laid out. */
    PROGRAM
  }

  /**
   * A value known now.
   *
   * @param value any 64 bits
   * @return the argument
   */
  public static Argument of(long value) {
    return new Argument(Source.IMMEDIATE, value);
  }

  /**
   * The address of something in the channel.
   *
   * @param offset in bytes from the start of the channel
   * @return the argument
   */
  public static Argument channel(long offset) {
    return new Argument(Source.CHANNEL, offset);
  }

  /**
   * The 32-bit word found in the channel when the operation runs.
   *
   * @param offset in bytes from the start of the channel
   * @return the argument
   */
  public static Argument word(long offset) {
    return new Argument(Source.WORD, offset);
  }

  /**
   * The 64-bit word found in the channel when the operation runs.
   *
   * @param offset in bytes from the start of the channel
   * @return the argument
   */
  public static Argument longWord(long offset) {
    return new Argument(Source.LONG, offset);
  }

  @Override
  public String toString() {
    return switch (source) {
      case IMMEDIATE ->
          value >= -4096 && value < 65536 ? Long.toString(value) : "0x" + Long.toHexString(value);
      case CHANNEL -> "&channel[" + value + "]";
      case RESULT -> "r" + value;
      case WORD -> "int channel[" + value + "]";
      case LONG -> "long channel[" + value + "]";
      case PROGRAM -> "program " + value;
    };
  }
}

package org.stasis.linux.agent;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@code struct program} of agent.h, in a channel. */
public final class ProgramHead {
  static final long SIZE = 48;
  private static final long STATE = 0;
  private static final long AT = 4;
  private static final long RESULT = 8;
  private static final long OPERATIONS = 16;
  private static final long RESULTS = 24;
  private static final long COMEBACK = 32;
  private static final long LINGER = 40;

  /** How far a program is, in the order of {@code enum program_state}. */
  public enum State {
    IDLE,
    RUNNING,
    DONE,
    FAILED;

    private static final State[] VALUES = values();

    /**
     * The state of a number.
     *
     * @param number {@code enum program_state}
     * @return the state
     */
    public static State of(int number) {
      return VALUES[number];
    }
  }

  private ProgramHead() {}

  static void write(
      MemorySegment channel, long offset, long operations, long results, long comeback) {
    channel.set(ValueLayout.JAVA_INT, offset + STATE, 0);
    channel.set(ValueLayout.JAVA_INT, offset + AT, 0);
    channel.set(ValueLayout.JAVA_LONG, offset + RESULT, 0);
    channel.set(ValueLayout.JAVA_LONG, offset + OPERATIONS, operations);
    channel.set(ValueLayout.JAVA_LONG, offset + RESULTS, results);
    channel.set(ValueLayout.JAVA_LONG, offset + COMEBACK, comeback);
    channel.set(ValueLayout.JAVA_LONG, offset + LINGER, 0);
  }

  static State state(MemorySegment channel, long offset) {
    return State.of((int) Channel.INT.getAcquire(channel, offset + STATE));
  }

  static int at(MemorySegment channel, long offset) {
    return channel.get(ValueLayout.JAVA_INT, offset + AT);
  }

  static long result(MemorySegment channel, long offset) {
    return channel.get(ValueLayout.JAVA_LONG, offset + RESULT);
  }

  static long results(MemorySegment channel, long offset) {
    return channel.get(ValueLayout.JAVA_LONG, offset + RESULTS);
  }

  /**
   * Sets where a captured task goes when the engine is gone.
   *
   * @param channel the program lies in
   * @param offset of the program
   * @param address in the task; 0: it exits
   */
  public static void comeback(MemorySegment channel, long offset, long address) {
    channel.set(ValueLayout.JAVA_LONG, offset + COMEBACK, address);
  }

  /**
   * Has a captured task wait before it goes home, when the engine is gone.
   *
   * @param channel the program lies in
   * @param offset of the program
   * @param nanoseconds below a second
   */
  public static void linger(MemorySegment channel, long offset, long nanoseconds) {
    channel.set(ValueLayout.JAVA_LONG, offset + LINGER, nanoseconds);
  }
}

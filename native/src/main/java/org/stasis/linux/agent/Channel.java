package org.stasis.linux.agent;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * The head of the memory that an engine session shares with its agents, {@code struct channel} of
 * agent.h.
 */
public final class Channel {
  /** Size of the head, in bytes; what follows belongs to a {@link Plan}. */
  public static final long HEAD = 64;

  static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

  static final long ROBUST_NEXT = 0;
  static final long LIVE = 8;
  private static final long EVENTS = 12;
  private static final long STAGE = 16;

  private final MemorySegment memory;

  /**
   * Takes over shared memory as a channel.
   *
   * @param memory a shared mapping, from the start of the channel
   */
  public Channel(MemorySegment memory) {
    this.memory = memory;
  }

  /**
   * The whole memory.
   *
   * @return from the start of the channel
   */
  public MemorySegment memory() {
    return memory;
  }

  /**
   * How many events agents have reported.
   *
   * @return a counter that wraps
   */
  public int events() {
    return (int) INT.getAcquire(memory, EVENTS);
  }

  /**
   * The word that agents ring; to be waited on with futex(2).
   *
   * @return four bytes
   */
  public MemorySegment eventsWord() {
    return memory.asSlice(EVENTS, 4);
  }

  /**
   * Lets agents that await a stage go on.
   *
   * @param stage must be larger than the stage before
   */
  public void release(int stage) {
    INT.setRelease(memory, STAGE, stage);
    org.stasis.linux.Futex.wake(memory.asSlice(STAGE, 4), Integer.MAX_VALUE);
  }

  /**
   * What an {@link Verb#AWAIT} for stages is given.
   *
   * @return the offset of the stage word, in bytes
   */
  public static Argument stageWord() {
    return Argument.of(STAGE);
  }

  /**
   * A 32-bit word of the plan's data.
   *
   * @param offset in bytes from the start of the channel
   * @return the word as it is now
   */
  public int word(long offset) {
    return (int) INT.getAcquire(memory, offset);
  }
}

package org.stasis.engine.capture;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;

/**
 * What is asked inside a task, in one program: the calls, and what becomes of their answers. Calls
 * are appended before the program runs; {@link #then readers} run after it.
 */
public final class Harvest {
  private final Plan plan;
  private final Program program;
  private final List<Reader> readers = new ArrayList<>();

  Harvest(Plan plan, Program program) {
    this.plan = plan;
    this.program = program;
  }

  /**
   * Appends a call; it may fail.
   *
   * @param number see {@link org.stasis.linux.SyscallNumber}
   * @param arguments up to six
   * @return its result
   */
  public Argument call(int number, Argument... arguments) {
    return program.call(Expect.ANY, number, arguments);
  }

  /**
   * Room that a call writes to.
   *
   * @param bytes how much
   * @return offset in the channel
   */
  public long room(int bytes) {
    return plan.reserve(bytes);
  }

  /**
   * Zeroed ints that a call reads.
   *
   * @param values in memory order
   * @return their address
   */
  public Argument ints(int... values) {
    return plan.ints(values);
  }

  /**
   * Says what to do with the answers.
   *
   * @param reader called once the program has run
   */
  public void then(Reader reader) {
    readers.add(reader);
  }

  Program program() {
    return program;
  }

  void read(MemorySegment channel, Plan.LaidOut laidOut) {
    Answers answers = new Answers(channel, laidOut, program);
    for (Reader reader : readers) {
      reader.read(answers);
    }
  }

  /** Takes answers. */
  @FunctionalInterface
  public interface Reader {
    /**
     * Takes answers.
     *
     * @param answers of the program's calls
     */
    void read(Answers answers);
  }

  /** What the calls answered. */
  public static final class Answers {
    private final MemorySegment channel;
    private final Plan.LaidOut laidOut;
    private final Program program;

    Answers(MemorySegment channel, Plan.LaidOut laidOut, Program program) {
      this.channel = channel;
      this.laidOut = laidOut;
      this.program = program;
    }

    /**
     * A call's result.
     *
     * @param result what {@link Harvest#call} returned
     * @return the kernel's answer, -errno on failure
     */
    public long of(Argument result) {
      return laidOut.result(channel, program, result);
    }

    /**
     * What a call has written.
     *
     * @return the channel, to be read at the offsets that {@link Harvest#room} gave
     */
    public MemorySegment memory() {
      return channel;
    }
  }
}

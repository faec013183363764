package org.stasis.linux.agent;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Programs and the data they point at, before they are given to agents: a pure value, made without
 * touching the kernel, to be printed, compared and laid out.
 *
 * <p>Data lies behind the channel's head, programs behind the data, so that offsets of data are
 * final as soon as they are given out.
 */
public final class Plan {
  private static final int ALIGNMENT = 16;

  private final List<Program> programs = new ArrayList<>();
  private ByteBuffer data = ByteBuffer.allocate(4096).order(ByteOrder.nativeOrder());

  /**
   * Adds a program.
   *
   * @param why what its first operations are for
   * @return the program, empty
   */
  public Program program(Provenance why) {
    Program program = new Program(programs.size(), why);
    programs.add(program);
    return program;
  }

  /**
   * Adds bytes that programs point at or write to.
   *
   * @param bytes their first content
   * @return their offset in the channel, aligned to 16
   */
  public long data(byte[] bytes) {
    long offset = reserve(bytes.length);
    data.put((int) (offset - Channel.HEAD), bytes);
    return offset;
  }

  /**
   * Adds a text with a NUL behind it.
   *
   * @param text any text without NUL
   * @return the address of its first byte, as an argument
   */
  public Argument text(String text) {
    return bytesWithNul(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Adds bytes with a NUL behind them: a path that need not be UTF-8.
   *
   * @param bytes without NUL
   * @return the address of the first byte, as an argument
   */
  public Argument bytesWithNul(byte[] bytes) {
    long offset = reserve(bytes.length + 1);
    data.put((int) (offset - Channel.HEAD), bytes);
    return Argument.channel(offset);
  }

  /**
   * Adds longs, such as the fields of a struct.
   *
   * @param values in memory order
   * @return the address of the first, as an argument
   */
  public Argument longs(long... values) {
    long offset = reserve(values.length * 8);
    for (int i = 0; i < values.length; i++) {
      data.putLong((int) (offset - Channel.HEAD) + i * 8, values[i]);
    }
    return Argument.channel(offset);
  }

  /**
   * Adds ints, such as the fields of a struct.
   *
   * @param values in memory order
   * @return the address of the first, as an argument
   */
  public Argument ints(int... values) {
    long offset = reserve(values.length * 4);
    for (int i = 0; i < values.length; i++) {
      data.putInt((int) (offset - Channel.HEAD) + i * 4, values[i]);
    }
    return Argument.channel(offset);
  }

  /**
   * Adds zeroed room that the kernel or the agent writes to.
   *
   * @param bytes how much
   * @return its offset in the channel, aligned to 16
   */
  public long reserve(int bytes) {
    int start = (data.position() + ALIGNMENT - 1) & -ALIGNMENT;
    if (start + bytes > data.capacity()) {
      ByteBuffer larger =
          ByteBuffer.allocate(Math.max(start + bytes, data.capacity() * 2))
              .order(ByteOrder.nativeOrder());
      larger.put(0, data, 0, data.position());
      data = larger;
    }
    data.position(start + bytes);
    return Channel.HEAD + start;
  }

  /**
   * The programs, in the order they were added.
   *
   * @return a view
   */
  public List<Program> programs() {
    return java.util.Collections.unmodifiableList(programs);
  }

  /**
   * How much room the plan takes in a channel.
   *
   * @return bytes, the channel's head included
   */
  public long sizeBytes() {
    long size = programsStart();
    for (Program program : programs) {
      size += sizeBytes(program);
    }
    return size;
  }

  private long programsStart() {
    return align(Channel.HEAD + data.position());
  }

  private static long sizeBytes(Program program) {
    // one END more than there are operations
    return align(
        ProgramHead.SIZE + (program.operations().size() + 1L) * (Operation.SIZE + Long.BYTES));
  }

  private static long align(long offset) {
    return (offset + ALIGNMENT - 1) & -ALIGNMENT;
  }

  /**
   * Writes data and programs into a channel, behind its head.
   *
   * @param channel at least {@link #sizeBytes()} long
   * @param comeback address that captured tasks go to when the engine is gone; 0: they exit
   * @return where each program is
   */
  public LaidOut layOut(MemorySegment channel, long comeback) {
    MemorySegment.copy(
        MemorySegment.ofArray(data.array()), 0, channel, Channel.HEAD, data.position());
    long[] offsets = new long[programs.size()];
    long offset = programsStart();
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = offset;
      offset += sizeBytes(programs.get(i));
    }
    for (int i = 0; i < offsets.length; i++) {
      layOut(programs.get(i), channel, offsets[i], offsets, comeback);
    }
    return new LaidOut(programs, offsets);
  }

  private static void layOut(
      Program program, MemorySegment channel, long offset, long[] offsets, long comeback) {
    int count = program.operations().size();
    long operations = offset + ProgramHead.SIZE;
    long results = operations + (count + 1) * Operation.SIZE;
    ProgramHead.write(channel, offset, operations, results, comeback);
    for (int i = 0; i < count; i++) {
      write(program.operations().get(i), channel, operations + i * Operation.SIZE, offsets);
    }
    channel.set(ValueLayout.JAVA_SHORT, operations + count * Operation.SIZE, (short) 0); // END
  }

  private static void write(Operation op, MemorySegment channel, long at, long[] offsets) {
    channel.set(ValueLayout.JAVA_SHORT, at, (short) op.verb().ordinal());
    channel.set(ValueLayout.JAVA_SHORT, at + 2, (short) op.expect().kind().ordinal());
    channel.set(ValueLayout.JAVA_INT, at + 4, op.number());
    int kinds = 0;
    for (int i = 0; i < op.arguments().size(); i++) {
      Argument argument = op.arguments().get(i);
      boolean program = argument.source() == Argument.Source.PROGRAM;
      kinds |= (program ? 0 : argument.source().ordinal()) << (4 * i);
      channel.set(
          ValueLayout.JAVA_LONG,
          at + 16 + i * 8L,
          program ? offsets[(int) argument.value()] : argument.value());
    }
    channel.set(ValueLayout.JAVA_INT, at + 8, kinds);
    channel.set(ValueLayout.JAVA_LONG, at + 64, op.expect().value());
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (Program program : programs) {
      text.append("program ").append(program.index()).append('\n').append(program).append('\n');
    }
    return text.toString();
  }

  /** Where a plan's programs lie in a channel. */
  public static final class LaidOut {
    private final List<Program> programs;
    private final long[] offsets;

    LaidOut(List<Program> programs, long[] offsets) {
      this.programs = List.copyOf(programs);
      this.offsets = offsets;
    }

    /**
     * Where a program begins.
     *
     * @param program one of the plan's
     * @return offset in the channel, in bytes
     */
    public long offset(Program program) {
      return offsets[program.index()];
    }

    /**
     * How far a program is.
     *
     * @param channel the plan was laid out in
     * @param program one of the plan's
     * @return its state
     */
    public ProgramHead.State state(MemorySegment channel, Program program) {
      return ProgramHead.state(channel, offset(program));
    }

    /**
     * The result of an operation that has run.
     *
     * @param channel the plan was laid out in
     * @param program one of the plan's
     * @param result what the appending method returned
     * @return the kernel's answer, -errno on failure
     */
    public long result(MemorySegment channel, Program program, Argument result) {
      return channel.get(
          ValueLayout.JAVA_LONG,
          ProgramHead.results(channel, offset(program)) + Program.number(result) * 8L);
    }

    /**
     * The failure of the first program that failed.
     *
     * @param channel the plan was laid out in
     * @return the failure, or empty when no program has failed
     */
    public java.util.Optional<Failure> failure(MemorySegment channel) {
      for (Program program : programs) {
        if (state(channel, program) == ProgramHead.State.FAILED) {
          Operation op = program.operations().get(ProgramHead.at(channel, offset(program)));
          return java.util.Optional.of(
              new Failure(op, ProgramHead.result(channel, offset(program))));
        }
      }
      return java.util.Optional.empty();
    }
  }

  /**
   * An operation that had another result than expected.
   *
   * @param operation which, and why it was there
   * @param result what it resulted in, -errno for an error
   */
  public record Failure(Operation operation, long result) {
    /**
     * The error number, if the result is one.
     *
     * @return a positive number, or 0
     */
    public int errno() {
      return result < 0 && result >= -4095 ? (int) -result : 0;
    }
  }
}

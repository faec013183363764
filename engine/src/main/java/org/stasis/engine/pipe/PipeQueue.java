package org.stasis.engine.pipe;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.images.proto.PipeDataEntry;
import org.stasis.linux.Fcntl;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Program;
import org.stasis.linux.agent.Verb;

/** What was queued in one pipe or FIFO: plans its capacity and content. */
public final class PipeQueue {
  private static final int DEFAULT_SIZE = 65536;

  /** Whole pages, so that a full pipe is as full again. */
  private static final int PIECE_BYTES = 65536;

  private final PipeDataEntry entry;
  private final byte @Nullable [] inline;
  private final Path file;
  private final long offset;
  private final Map<Integer, Long> buffers;

  PipeQueue(
      PipeDataEntry entry,
      byte @Nullable [] inline,
      Path file,
      long offset,
      Map<Integer, Long> buffers) {
    this.entry = entry;
    this.inline = inline;
    this.file = file;
    this.offset = offset;
    this.buffers = buffers;
  }

  /**
   * Appends capacity and content of a pipe that is new.
   *
   * @param writeEnd a descriptor that writes without waiting and is not used otherwise
   * @param planner of the pipe's cluster
   * @throws StasisException when the image makes no sense
   */
  public void plan(Argument writeEnd, FilePlanner planner) throws StasisException {
    if (entry.hasSize() && (entry.getSize() != DEFAULT_SIZE || entry.getBytes() > PIECE_BYTES)) {
      planner
          .program()
          .call(
              SyscallNumber.FCNTL,
              writeEnd,
              Argument.of(Fcntl.F_SETPIPE_SZ),
              Argument.of(entry.getSize()));
    }
    planContent(writeEnd, planner);
  }

  /**
   * Appends the content alone.
   *
   * @param writeEnd a descriptor that writes without waiting and is not used otherwise
   * @param planner of the pipe's cluster
   * @throws StasisException when the image makes no sense
   */
  public void planContent(Argument writeEnd, FilePlanner planner) throws StasisException {
    if (entry.getBytes() == 0) {
      return;
    }
    boolean packets = entry.getPacketCount() > 0;
    if (packets) {
      planner
          .program()
          .call(
              SyscallNumber.FCNTL,
              writeEnd,
              Argument.of(Fcntl.F_SETFL),
              Argument.of(Open.O_NONBLOCK | Open.O_DIRECT));
    }
    long left = Integer.toUnsignedLong(entry.getBytes());
    long at = 0;
    for (int i = 0; left > 0; i++) {
      long length = packets ? packet(i, planner) : Math.min(left, PIECE_BYTES);
      if (length > left || length <= 0) {
        throw bad(planner, "its packets are not as long as its content");
      }
      planPiece(at, length, writeEnd, planner);
      at += length;
      left -= length;
    }
  }

  /**
   * Whether there is no content.
   *
   * @return true when nothing was queued
   */
  public boolean isEmpty() {
    return entry.getBytes() == 0;
  }

  private long packet(int index, FilePlanner planner) throws StasisException {
    if (index >= entry.getPacketCount()) {
      throw bad(planner, "its packets are not as long as its content");
    }
    long length = Integer.toUnsignedLong(entry.getPacket(index));
    if (length > PIECE_BYTES) {
      throw bad(planner, "a packet of " + length + " bytes");
    }
    return length;
  }

  private StasisException bad(FilePlanner planner, String problem) {
    return new StasisException(
        planner.describe(planner.task()),
        "filling pipe " + Integer.toUnsignedString(entry.getPipeId()),
        problem,
        0,
        "The images are damaged.",
        null);
  }

  private void planPiece(long at, long length, Argument writeEnd, FilePlanner planner) {
    Program program = planner.program();
    long data;
    if (inline != null) {
      data =
          planner.plan().data(java.util.Arrays.copyOfRange(inline, (int) at, (int) (at + length)));
    } else {
      data = buffers.computeIfAbsent(planner.task(), _ -> planner.plan().reserve(PIECE_BYTES));
      program.add(
          Verb.READ,
          Expect.equal(length),
          planner.provide(file, Open.O_RDONLY | Open.O_CLOEXEC),
          Argument.channel(data),
          Argument.of(length),
          Argument.of(offset + at));
    }
    program.call(
        Expect.equal(length),
        SyscallNumber.WRITE,
        writeEnd,
        Argument.channel(data),
        Argument.of(length));
  }
}

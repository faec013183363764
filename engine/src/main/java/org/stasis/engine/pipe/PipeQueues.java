package org.stasis.engine.pipe;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.OpenFile;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageReader;
import org.stasis.images.ImageSetWriter;
import org.stasis.images.ImageWriter;
import org.stasis.images.proto.PipeDataEntry;
import org.stasis.linux.Fcntl;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.Pipe;
import org.stasis.linux.SyscallException;

/**
 * What is queued in pipes or FIFOs, and how much fits: the images {@code pipes-data} and {@code
 * fifo-data}. There is a record for each pipe of which the tree has an end to read from, also when
 * nothing is queued.
 */
public final class PipeQueues {
  /** Content up to this size travels in the plan; larger content is read by the agent. */
  private static final int INLINE_BYTES = 4096;

  private final ImageKind kind;
  private final Map<Integer, Captured> captured = new LinkedHashMap<>();
  private @Nullable Map<Integer, PipeQueue> read;
  private final Map<Integer, Long> buffers = new HashMap<>();

  /** A pipe of the tree. */
  private static final class Captured {
    private @Nullable OpenFile readable;
    private boolean packets;
  }

  /**
   * Queues of one kind.
   *
   * @param kind {@link ImageKind#PIPES_DATA} or {@link ImageKind#FIFO_DATA}
   */
  public PipeQueues(ImageKind kind) {
    this.kind = kind;
  }

  /**
   * Notes an end of a pipe.
   *
   * @param id the pipe's inode
   * @param end an end of it
   */
  public void capture(int id, OpenFile end) {
    Captured pipe = captured.computeIfAbsent(id, _ -> new Captured());
    pipe.packets |= (end.flags() & Open.O_DIRECT) != 0;
    if (pipe.readable == null && (end.flags() & Open.O_ACCMODE) != Open.O_WRONLY) {
      pipe.readable = end;
    }
  }

  /**
   * Has the content written once everything has been surveyed.
   *
   * @param to takes the work
   */
  public void captured(CaptureContext to) {
    if (!captured.isEmpty()) {
      to.whenWriting(this::write);
    }
  }

  private void write(ImageSetWriter images) throws StasisException, IOException {
    try (Pipe own = Pipe.open(Open.O_CLOEXEC | Open.O_NONBLOCK);
        ImageWriter writer = images.open(kind)) {
      for (Map.Entry<Integer, Captured> pipe : captured.entrySet()) {
        OpenFile end = pipe.getValue().readable;
        if (end != null) {
          write(pipe.getKey(), pipe.getValue().packets, end, own, writer);
        }
      }
    }
  }

  /** The content is copied into a pipe of ours, so that it also stays where it is. */
  private static void write(int id, boolean packets, OpenFile end, Pipe own, ImageWriter writer)
      throws StasisException, IOException {
    PipeDataEntry.Builder entry = PipeDataEntry.newBuilder().setPipeId(id);
    byte[] content = {};
    try {
      Fd fd = end.duplicate();
      int size = Fcntl.getPipeSize(fd);
      entry.setSize(size);
      int queued = Pipe.queued(fd);
      if (queued > 0) {
        if (Fcntl.getPipeSize(own.writeEnd()) != size) {
          Fcntl.setPipeSize(own.writeEnd(), size);
        }
        content = copy(fd, queued, own, packets, entry);
      }
    } catch (SyscallException e) {
      throw new StasisException(
          end.task().describe(), "copying what is queued in " + end.describe(), "", e);
    }
    writer.write(entry.setBytes(content.length).build());
    writer.writePayload(content);
  }

  private static byte[] copy(
      Fd from, int queued, Pipe own, boolean packets, PipeDataEntry.Builder entry)
      throws SyscallException {
    long copied = Pipe.tee(from, own.writeEnd());
    if (copied < queued) {
      throw new AssertionError("tee copied " + copied + " bytes of " + queued);
    }
    byte[] content = new byte[Math.toIntExact(copied)];
    List<Integer> lengths = new ArrayList<>();
    for (int done = 0; done < content.length; ) {
      int length = own.readEnd().read(content, done, content.length - done);
      lengths.add(length); // a stream comes in one piece, a packet never with the next
      done += length;
    }
    if (packets || lengths.size() > 1) {
      entry.addAllPacket(lengths);
    }
    return content;
  }

  /**
   * The record of a pipe.
   *
   * @param id the pipe's inode
   * @param planner gives the images
   * @return its queue, or null when there is none
   * @throws StasisException when the image is damaged
   */
  public @Nullable PipeQueue find(int id, FilePlanner planner) throws StasisException {
    if (read == null) {
      read = read(planner);
    }
    return read.get(id);
  }

  private Map<Integer, PipeQueue> read(FilePlanner planner) throws StasisException {
    Map<Integer, PipeQueue> queues = new HashMap<>();
    try (ImageReader reader = planner.images().open(kind)) {
      if (reader == null) {
        return queues;
      }
      for (PipeDataEntry entry = reader.next(PipeDataEntry.parser());
          entry != null;
          entry = reader.next(PipeDataEntry.parser())) {
        long offset = reader.offsetBytes();
        boolean small = Integer.compareUnsigned(entry.getBytes(), INLINE_BYTES) <= 0;
        byte[] inline = small ? reader.payloadBytes(INLINE_BYTES) : null;
        queues.put(
            entry.getPipeId(),
            new PipeQueue(entry, inline, planner.images().directory().file(kind), offset, buffers));
      }
      return queues;
    } catch (IOException e) {
      throw new StasisException("", "reading what was queued in pipes", e.getMessage(), 0, "", e);
    }
  }
}

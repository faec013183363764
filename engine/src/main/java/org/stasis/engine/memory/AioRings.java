package org.stasis.engine.memory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.images.ImageKind;
import org.stasis.images.PageSource;
import org.stasis.images.proto.AioRingEntry;
import org.stasis.images.proto.MmEntry;
import org.stasis.images.proto.VmaEntry;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Program;
import org.stasis.linux.agent.Verb;
import org.stasis.linux.proc.MapEntry;

/**
 * Contexts of asynchronous I/O, io_setup(2), both directions. To the task a context is a mapping,
 * by whose address it is called: {@code struct aio_ring} of {@code fs/aio.c}, then the events. The
 * kernel keeps the position it writes to by itself, so events that the task has not taken yet come
 * about by as many reads of nothing, and are then overwritten.
 *
 * <p>The kernel tells nobody which requests are under way. Those on files end by themselves while
 * the task stands still; their events are in the ring when it is read.
 */
final class AioRings {
  private static final int HEAD = 8;
  private static final int TAIL = 12;
  private static final int MAGIC = 16;
  private static final int RIGHT_MAGIC = 0xa10a10a1;
  private static final int NUMBER = 4;
  private static final int HEADER_BYTES = 32;
  private static final int EVENT_BYTES = 32;
  private static final int EVENT_LONGS = EVENT_BYTES / Long.BYTES;
  private static final int MREMAP_MAYMOVE_FIXED = 3;

  private final RebuildContext context;
  private final int task;
  private final MmEntry mm;
  private final Program program;

  AioRings(RebuildContext context, int task, MmEntry mm, Program program) {
    this.context = context;
    this.task = task;
    this.mm = mm;
    this.program = program;
  }

  static boolean isRing(MapEntry map) {
    return map.path().equals("/[aio]");
  }

  static boolean isRing(VmaEntry vma) {
    return (vma.getStatus() & VmaStatus.AIORING) != 0;
  }

  /** What images say of a ring besides its mapping. */
  static AioRingEntry capture(VmaEntry vma) {
    long length = vma.getEnd() - vma.getStart();
    return AioRingEntry.newBuilder()
        .setId(vma.getStart())
        .setNrReq(requests(length))
        .setRingLen((int) length)
        .build();
  }

  /** How many requests to ask for to get a ring of a size: twice as many events, and two more. */
  private static int requests(long length) {
    return (int) (((length - HEADER_BYTES) / EVENT_BYTES - 2) / 2);
  }

  /** Plans all of a task. */
  void plan() throws StasisException {
    for (AioRingEntry ring : mm.getAiosList()) {
      program.why(
          "setting up the asynchronous I/O at " + Long.toHexString(ring.getId()),
          "Raise fs.aio-max-nr.");
      Argument made = context.plan().longs(0);
      program.call(SyscallNumber.IO_SETUP, Argument.of(ring.getNrReq()), made);
      long length = Integer.toUnsignedLong(ring.getRingLen());
      program.call(
          Expect.equal(ring.getId()),
          SyscallNumber.MREMAP,
          Argument.longWord(made.value()),
          Argument.of(length),
          Argument.of(length),
          Argument.of(MREMAP_MAYMOVE_FIXED),
          Argument.of(ring.getId()));
      planEvents(ring.getId(), length);
    }
  }

  private void planEvents(long ring, long length) throws StasisException {
    ByteBuffer content;
    try {
      content = content(ring, length);
    } catch (IOException e) {
      throw new StasisException(
          context.describe(task), program.why().doing(), e.getMessage(), 0, "", e);
    }
    int events = content.getInt(NUMBER);
    int head = content.getInt(HEAD);
    int tail = content.getInt(TAIL);
    if (content.getInt(MAGIC) != RIGHT_MAGIC
        || events <= 0
        || HEADER_BYTES + (long) events * EVENT_BYTES > length
        || head < 0
        || head >= events
        || tail < 0
        || tail >= events) {
      throw new StasisException(
          context.describe(task), program.why().doing(), "its pages hold no ring", 0, "", null);
    }
    int waiting = Math.floorMod(tail - head, events);
    if (waiting == 0) {
      return;
    }
    program.why("restoring events of the asynchronous I/O at " + Long.toHexString(ring));
    Argument requests = requestForNothing();
    for (int i = 0; i < waiting; i++) {
      program.call(
          Expect.equal(1), SyscallNumber.IO_SUBMIT, Argument.of(ring), Argument.of(1), requests);
    }
    long[] all = new long[waiting * EVENT_LONGS];
    for (int i = 0; i < waiting; i++) {
      int at = HEADER_BYTES + (head + i) % events * EVENT_BYTES;
      for (int word = 0; word < EVENT_LONGS; word++) {
        all[i * EVENT_LONGS + word] = content.getLong(at + word * Long.BYTES);
      }
    }
    program.add(
        Verb.COPY,
        Expect.ANY,
        Argument.of(ring + HEADER_BYTES),
        context.plan().longs(all),
        Argument.of((long) waiting * EVENT_BYTES));
  }

  /** A pointer to a {@code struct iocb} that reads nothing from the executable. */
  private Argument requestForNothing() throws StasisException {
    long file = context.descriptor(task, mm.getExeFileId()).value();
    Argument request = context.plan().longs(0, 0, file << 32, 0, 0, 0, 0, 0);
    Argument pointer = context.plan().longs(0);
    program.add(Verb.STORE64, Expect.ANY, pointer, request);
    return pointer;
  }

  private ByteBuffer content(long ring, long length) throws IOException {
    ByteBuffer content =
        ByteBuffer.allocate(Math.toIntExact(length)).order(ByteOrder.LITTLE_ENDIAN);
    try (PageSource source =
        PageSource.open(context.images().directory(), ImageKind.PAGEMAP, task, 4096)) {
      if (source == null) {
        return content;
      }
      for (PageSource.Extent extent : source.extents()) {
        long from = Math.max(extent.address(), ring);
        long to = Math.min(extent.end(), ring + length);
        if (from < to && extent.pages() != null) {
          ByteBuffer piece = content.slice((int) (from - ring), (int) (to - from));
          long at = extent.offsetBytes() + from - extent.address();
          while (piece.hasRemaining()) {
            int read = extent.pages().read(piece, at);
            if (read < 0) {
              throw new IOException(extent.file() + " ends before the pages of a ring");
            }
            at += read;
          }
        }
      }
    }
    return content;
  }
}

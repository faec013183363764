package org.stasis.engine.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.stasis.engine.Cancellation;
import org.stasis.engine.StasisException;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSetWriter;
import org.stasis.images.ImageWriter;
import org.stasis.images.Pagemap;
import org.stasis.images.proto.PagemapHead;
import org.stasis.images.proto.VmaEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.IoVector;
import org.stasis.linux.Open;
import org.stasis.linux.ProcessVm;
import org.stasis.linux.SyscallException;

/**
 * Writes the pages of tasks: the pagemap says which, the pages file has them back to back.
 * process_vm_readv(2) copies them in pieces of a few MiB, several pieces at a time.
 */
public final class PageDump {
  static final int PAGE = 4096;
  private static final int PE_LAZY = 2;
  private static final int PE_PRESENT = 4;
  private static final int PIECE = 2 << 20;

  /** Below this, starting threads costs more than they bring. */
  private static final long WORTH_THREADS = 4L << 20;

  private final ImageSetWriter images;
  private final Cancellation cancellation;
  private final Buffer small = new Buffer(Arena.ofAuto());
  private long pagesScanned;
  private long pagesWritten;

  /**
   * Prepares.
   *
   * @param images takes pagemaps and pages
   * @param cancellation ends the copying
   */
  public PageDump(ImageSetWriter images, Cancellation cancellation) {
    this.images = images;
    this.cancellation = cancellation;
  }

  /**
   * How many pages were looked at.
   *
   * @return of all tasks so far
   */
  public long pagesScanned() {
    return pagesScanned;
  }

  /**
   * How many pages were written.
   *
   * @return of all tasks so far
   */
  public long pagesWritten() {
    return pagesWritten;
  }

  /**
   * Writes the pages of one stopped task.
   *
   * @param pid in the engine's pid namespace
   * @param nsPid as in the images
   * @param pagemap {@code /proc/PID/pagemap}
   * @param vmas its mappings, ascending
   * @throws StasisException when its memory cannot be read
   * @throws IOException when the images cannot be written
   */
  public void dump(int pid, int nsPid, Fd pagemap, List<VmaEntry> vmas)
      throws StasisException, IOException {
    PageRanges ranges;
    try {
      ranges = PageRanges.of(pagemap, vmas);
    } catch (SyscallException e) {
      throw new StasisException("task " + nsPid, "looking for its pages", "", e);
    }
    for (VmaEntry vma : vmas) {
      pagesScanned += (vma.getEnd() - vma.getStart()) / PAGE;
    }
    int pagesId = images.nextPagesId();
    try (ImageWriter out = images.open(ImageKind.PAGEMAP, nsPid)) {
      out.write(PagemapHead.newBuilder().setPagesId(pagesId).build());
      for (int i = 0; i < ranges.count(); i++) {
        out.write(
            Pagemap.entry(
                ranges.start(i),
                (ranges.end(i) - ranges.start(i)) / PAGE,
                ranges.lazy(i) ? PE_PRESENT | PE_LAZY : PE_PRESENT));
      }
    }
    try (FileChannel pages = images.openRaw(ImageKind.PAGES, pagesId)) {
      copy(pid, nsPid, pieces(ranges), pages, ranges.pages() * PAGE);
    }
    pagesWritten += ranges.pages();
  }

  /** A few MiB of pages that follow each other in the file. */
  private record Piece(long offset, List<long[]> ranges) {}

  private static List<Piece> pieces(PageRanges ranges) {
    List<Piece> pieces = new ArrayList<>();
    List<long[]> current = new ArrayList<>();
    long offset = 0;
    long bytes = 0;
    for (int i = 0; i < ranges.count(); i++) {
      for (long at = ranges.start(i); at < ranges.end(i); ) {
        long length = Math.min(ranges.end(i) - at, PIECE - bytes);
        current.add(new long[] {at, length});
        bytes += length;
        at += length;
        if (bytes == PIECE || current.size() == IoVector.MAX_RANGES) {
          pieces.add(new Piece(offset, current));
          offset += bytes;
          current = new ArrayList<>();
          bytes = 0;
        }
      }
    }
    if (bytes > 0) {
      pieces.add(new Piece(offset, current));
    }
    return pieces;
  }

  private void copy(int pid, int nsPid, List<Piece> pieces, FileChannel pages, long bytes)
      throws StasisException, IOException {
    int workers =
        bytes < WORTH_THREADS ? 1 : Math.max(1, Runtime.getRuntime().availableProcessors());
    if (workers == 1) {
      copy(pid, nsPid, pieces, 0, 1, pages, small);
      return;
    }
    ExecutorService executor = Executors.newFixedThreadPool(workers);
    try {
      List<Callable<Void>> shares = new ArrayList<>();
      for (int worker = 0; worker < workers; worker++) {
        int first = worker;
        shares.add(
            () -> {
              try (Arena arena = Arena.ofConfined()) {
                copy(pid, nsPid, pieces, first, workers, pages, new Buffer(arena));
              }
              return null;
            });
      }
      for (Future<Void> share : executor.invokeAll(shares)) {
        share.get();
      }
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case StasisException failure -> throw failure;
        case IOException failure -> throw failure;
        default -> throw new AssertionError("copying pages", e.getCause());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while copying pages", e);
    } finally {
      executor.shutdownNow();
    }
  }

  private void copy(
      int pid, int nsPid, List<Piece> pieces, int first, int step, FileChannel pages, Buffer buffer)
      throws StasisException, IOException {
    for (int i = first; i < pieces.size(); i += step) {
      cancellation.check();
      Piece piece = pieces.get(i);
      buffer.ranges.clear();
      for (long[] range : piece.ranges()) {
        buffer.ranges.add(range[0], range[1]);
      }
      MemorySegment copy = buffer.ofBytes(buffer.ranges.bytes());
      read(pid, nsPid, buffer.ranges, copy);
      ByteBuffer out = copy.asByteBuffer();
      for (long at = piece.offset(); out.hasRemaining(); ) {
        at += pages.write(out, at);
      }
    }
  }

  /** Room for a piece, which grows as it is needed: most tasks of a large tree are small. */
  private static final class Buffer {
    final IoVector ranges = new IoVector(IoVector.MAX_RANGES);
    private final Arena arena;
    private MemorySegment memory = MemorySegment.NULL;

    Buffer(Arena arena) {
      this.arena = arena;
    }

    MemorySegment ofBytes(long bytes) {
      if (memory.byteSize() < bytes) {
        memory = arena.allocate(Math.min(PIECE, Math.max(bytes, 2 * memory.byteSize())), PAGE);
      }
      return memory.asSlice(0, bytes);
    }
  }

  private static void read(int pid, int nsPid, IoVector ranges, MemorySegment into)
      throws StasisException {
    long first = ranges.base(0);
    try {
      long got = gather(pid, ranges, into);
      if (got != into.byteSize()) {
        ranges.advance(got);
        readProtected(pid, ranges, into.asSlice(got));
      }
    } catch (SyscallException e) {
      throw new StasisException(
          "task " + nsPid, "reading its memory from " + Long.toHexString(first), "", e);
    }
  }

  /** How much could be copied before the first page that the task itself may not read. */
  private static long gather(int pid, IoVector ranges, MemorySegment into) throws SyscallException {
    try {
      return ProcessVm.gather(pid, ranges, into);
    } catch (SyscallException e) {
      if (e.is(Errno.EFAULT)) {
        return 0;
      }
      throw e;
    }
  }

  /** Memory that the task itself may not read is read with FOLL_FORCE, which /proc/PID/mem has. */
  private static void readProtected(int pid, IoVector ranges, MemorySegment into)
      throws SyscallException {
    try (Fd memory = Fd.open("/proc/" + pid + "/mem", Open.O_RDONLY | Open.O_CLOEXEC)) {
      long done = 0;
      for (int i = 0; i < ranges.size(); i++) {
        for (long at = 0; at < ranges.length(i); ) {
          MemorySegment piece = into.asSlice(done, ranges.length(i) - at);
          long got = memory.pread(piece, ranges.base(i) + at);
          if (got <= 0) {
            throw new SyscallException("reading /proc/PID/mem", Errno.EIO.number());
          }
          at += got;
          done += got;
        }
      }
    }
  }
}

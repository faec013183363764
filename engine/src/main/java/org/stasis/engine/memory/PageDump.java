package org.stasis.engine.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;

/**
 * Writes the pages of tasks: the pagemap says which, the pages file has them back to back. They are
 * read in pieces of a few MiB, several pieces at a time, from {@code /proc/PID/mem}: it takes no
 * longer than process_vm_readv(2), reads what the task itself may not, and leaves pages that tasks
 * share copy-on-write shared, where process_vm_readv(2) has the kernel copy each of them to pin it.
 */
public final class PageDump {
  static final int PAGE = 4096;
  private static final int PE_LAZY = 2;
  private static final int PE_PRESENT = 4;
  private static final int PIECE = 2 << 20;

  /** Up to here, another copy costs less than to wait until the file is made. */
  private static final int SMALL = 256 << 10;

  private static final int EIO = Errno.EIO.number();

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
   * @param nsPid its pid as in the images
   * @param memory {@code /proc/PID/mem}
   * @param ranges which pages
   * @throws StasisException when its memory cannot be read
   * @throws IOException when the images cannot be written
   */
  public void dump(int nsPid, Fd memory, PageRanges ranges) throws StasisException, IOException {
    pagesScanned += ranges.pagesScanned();
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
    List<Piece> pieces = pieces(ranges);
    long bytes = ranges.pages() * PAGE;
    if (pieces.size() == 1 && bytes <= SMALL) {
      MemorySegment copy = small.ofBytes(bytes);
      read(nsPid, memory, pieces.getFirst(), copy);
      images.writeRaw(ImageKind.PAGES, pagesId, copy.toArray(ValueLayout.JAVA_BYTE));
    } else {
      try (FileChannel pages = images.openRaw(ImageKind.PAGES, pagesId)) {
        copy(nsPid, memory, pieces, pages, bytes);
      }
    }
    pagesWritten += ranges.pages();
  }

  /** A few MiB of pages that follow each other in the file. */
  private record Piece(long offset, long bytes, List<long[]> ranges) {}

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
        if (bytes == PIECE) {
          pieces.add(new Piece(offset, bytes, current));
          offset += bytes;
          current = new ArrayList<>();
          bytes = 0;
        }
      }
    }
    if (bytes > 0) {
      pieces.add(new Piece(offset, bytes, current));
    }
    return pieces;
  }

  private void copy(int nsPid, Fd memory, List<Piece> pieces, FileChannel pages, long bytes)
      throws StasisException, IOException {
    int workers =
        bytes < WORTH_THREADS ? 1 : Math.max(1, Runtime.getRuntime().availableProcessors());
    if (workers == 1) {
      copy(nsPid, memory, pieces, 0, 1, pages, small);
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
                copy(nsPid, memory, pieces, first, workers, pages, new Buffer(arena));
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
      int nsPid,
      Fd memory,
      List<Piece> pieces,
      int first,
      int step,
      FileChannel pages,
      Buffer buffer)
      throws StasisException, IOException {
    for (int i = first; i < pieces.size(); i += step) {
      cancellation.check();
      Piece piece = pieces.get(i);
      MemorySegment copy = buffer.ofBytes(piece.bytes());
      read(nsPid, memory, piece, copy);
      ByteBuffer out = copy.asByteBuffer();
      for (long at = piece.offset(); out.hasRemaining(); ) {
        at += pages.write(out, at);
      }
    }
  }

  /** Room for a piece, which grows as it is needed: most tasks of a large tree are small. */
  private static final class Buffer {
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

  private static void read(int nsPid, Fd memory, Piece piece, MemorySegment into)
      throws StasisException {
    long done = 0;
    for (long[] range : piece.ranges()) {
      for (long at = 0; at < range[1]; ) {
        long got;
        try {
          got = memory.pread(into.asSlice(done, range[1] - at), range[0] + at);
        } catch (SyscallException e) {
          throw unreadable(nsPid, range[0] + at, e);
        }
        if (got <= 0) {
          throw unreadable(nsPid, range[0] + at, new SyscallException("pread", EIO));
        }
        at += got;
        done += got;
      }
    }
  }

  private static StasisException unreadable(int nsPid, long address, SyscallException e) {
    return new StasisException(
        "task " + nsPid, "reading its memory from " + Long.toHexString(address), "", e);
  }
}

package org.stasis.engine.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSetWriter;
import org.stasis.images.ImageWriter;
import org.stasis.images.PageSource;
import org.stasis.images.Pagemap;
import org.stasis.images.proto.PagemapEntry;
import org.stasis.images.proto.PagemapHead;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Program;
import org.stasis.linux.agent.Verb;

/**
 * The content of memory that tasks share: of memfds, shared anonymous mappings, System V segments.
 * The images {@code pagemap-shmem} say which pages of an object there are, by offset; holes are
 * left out.
 */
public final class SharedContent {
  private static final int PAGE = 4096;
  private static final int PIECE_BYTES = 2 << 20;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED = 1;

  /** More is not sent at once, nor read. */
  private static final long MOST_BYTES = 1L << 30;

  private final Map<Long, Shared> objects = new LinkedHashMap<>();

  /** An object, and how to speak of it. */
  private record Shared(Fd file, long size, String task, String what) {}

  /**
   * Notes an object whose content is to be written.
   *
   * @param shmid its id in the names of images
   * @param file opened in whatever way; its position is left alone
   * @param size in bytes
   * @param task whose it is, for people
   * @param what it is, for people
   */
  public void register(long shmid, Fd file, long size, String task, String what) {
    if (size > 0) {
      objects.putIfAbsent(shmid, new Shared(file, size, task, what));
    }
  }

  /**
   * Has the content of all objects written.
   *
   * @param to takes the work
   */
  public void captured(CaptureContext to) {
    if (!objects.isEmpty()) {
      to.whenWriting(this::write);
    }
  }

  private void write(ImageSetWriter images) throws StasisException, IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(PIECE_BYTES, PAGE);
      for (Map.Entry<Long, Shared> object : objects.entrySet()) {
        Shared shared = object.getValue();
        // a description of our own: the task's has the task's position
        String path = "/proc/self/fd/" + shared.file().number();
        try (Fd own = Fd.open(path, Open.O_RDONLY | Open.O_CLOEXEC)) {
          write(object.getKey(), own, shared.size(), buffer, images);
        } catch (SyscallException e) {
          throw new StasisException(shared.task(), "reading " + shared.what(), "", e);
        }
      }
    }
  }

  private static void write(
      long shmid, Fd file, long size, MemorySegment buffer, ImageSetWriter images)
      throws IOException {
    int pagesId = images.nextPagesId();
    try (ImageWriter map = images.open(ImageKind.SHMEM_PAGEMAP, shmid);
        FileChannel pages = images.openRaw(ImageKind.PAGES, pagesId)) {
      map.write(PagemapHead.newBuilder().setPagesId(pagesId).build());
      long done = 0;
      for (long data = seek(file, 0, SEEK_DATA, size); data < size; ) {
        long start = Math.max(done, data & -PAGE); // a page has not both data and a hole
        long end = Math.min(seek(file, data, SEEK_HOLE, size) + PAGE - 1 & -PAGE, align(size));
        map.write(
            PagemapEntry.newBuilder()
                .setVaddr(start)
                .setCompatNrPages((int) ((end - start) / PAGE))
                .setFlags(Pagemap.PE_PRESENT)
                .setNrPages((end - start) / PAGE)
                .build());
        copy(file, start, end, buffer, pages);
        done = end;
        data = end < size ? seek(file, end, SEEK_DATA, size) : size;
      }
    }
  }

  private static long align(long size) {
    return size + PAGE - 1 & -PAGE;
  }

  /** The next data or hole; the end when there is none. */
  private static long seek(Fd file, long from, int whence, long size) throws SyscallException {
    try {
      return Math.min(file.seek(from, whence), size);
    } catch (SyscallException e) {
      if (e.is(Errno.ENXIO)) {
        return size;
      }
      throw e;
    }
  }

  /** What the file lacks of its last page is zero. */
  private static void copy(Fd file, long start, long end, MemorySegment buffer, FileChannel pages)
      throws IOException {
    for (long at = start; at < end; ) {
      MemorySegment piece = buffer.asSlice(0, Math.min(PIECE_BYTES, end - at));
      long filled = 0;
      while (filled < piece.byteSize()) {
        long got = file.pread(piece.asSlice(filled), at + filled);
        if (got == 0) {
          piece.asSlice(filled).fill((byte) 0);
          break;
        }
        filled += got;
      }
      ByteBuffer out = piece.asByteBuffer();
      while (out.hasRemaining()) {
        pages.write(out);
      }
      at += piece.byteSize();
    }
  }

  /**
   * Appends the filling of a new object.
   *
   * @param shmid its id in the names of images
   * @param file opened for writing; its position is moved
   * @param size in bytes
   * @param mapped whether it can only be written through a mapping, as huge pages
   * @param planner of its cluster
   * @throws StasisException when the images are damaged or lack pages
   */
  public static void plan(long shmid, Argument file, long size, boolean mapped, FilePlanner planner)
      throws StasisException {
    if (size == 0) {
      return;
    }
    try (PageSource source =
        PageSource.open(planner.images().directory(), ImageKind.SHMEM_PAGEMAP, shmid, PAGE)) {
      if (source == null) {
        return;
      }
      for (PageSource.Extent extent : source.extents()) {
        if (extent.file() == null) {
          throw missing(shmid, extent, planner);
        }
        Argument pages = planner.provide(extent.file(), Open.O_RDONLY | Open.O_CLOEXEC);
        long length = Math.min(extent.lengthBytes(), size - extent.address());
        for (long done = 0; done < length; done += MOST_BYTES) {
          Piece piece =
              new Piece(
                  extent.address() + done,
                  Math.min(MOST_BYTES, length - done),
                  pages,
                  extent.offsetBytes() + done);
          if (mapped) {
            planMapped(piece, file, planner.program());
          } else {
            planSent(piece, file, planner);
          }
        }
      }
    } catch (IOException e) {
      throw new StasisException(
          planner.describe(planner.task()),
          "reading the pages of shared memory " + shmid,
          e.getMessage(),
          0,
          "",
          e);
    }
  }

  /** Content in a row, in the object and in a pages file. */
  private record Piece(long address, long length, Argument pages, long offset) {}

  private static void planSent(Piece piece, Argument file, FilePlanner planner) {
    Program program = planner.program();
    program.call(
        Expect.equal(piece.address()),
        SyscallNumber.LSEEK,
        file,
        Argument.of(piece.address()),
        Argument.ZERO);
    program.call(
        Expect.equal(piece.length()),
        SyscallNumber.SENDFILE,
        file,
        piece.pages(),
        planner.plan().longs(piece.offset()),
        Argument.of(piece.length()));
  }

  private static void planMapped(Piece piece, Argument file, Program program) {
    Argument length = Argument.of(piece.length());
    Argument address =
        program.call(
            SyscallNumber.MMAP,
            Argument.ZERO,
            length,
            Argument.of(PROT_READ_WRITE),
            Argument.of(MAP_SHARED),
            file,
            Argument.of(piece.address()));
    program.add(
        Verb.READ,
        Expect.equal(piece.length()),
        piece.pages(),
        address,
        length,
        Argument.of(piece.offset()));
    program.call(SyscallNumber.MUNMAP, address, length);
  }

  private static StasisException missing(
      long shmid, PageSource.Extent extent, FilePlanner planner) {
    return new StasisException(
        planner.describe(planner.task()),
        "filling shared memory " + shmid,
        "the images leave its pages at 0x" + Long.toHexString(extent.address()) + " to a server",
        0,
        "Lazy restore of shared memory is not carried.",
        null);
  }
}

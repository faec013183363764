package org.stasis.engine.memory;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.images.ImageKind;
import org.stasis.images.PageSource;
import org.stasis.images.proto.VmaEntry;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Program;
import org.stasis.linux.agent.Verb;

/**
 * Plans the reading of pages, from the pages files straight into the mappings. Extents that follow
 * each other in the file are read with one preadv(2).
 */
public final class PagePlan {
  private static final int PAGE = 4096;
  private static final int MOST_RANGES = 1024;
  private static final long MOST_BYTES = 1L << 30;

  private final RebuildContext context;
  private final Map<java.nio.file.Path, Argument> files = new HashMap<>();
  private final Map<Integer, Content> contents = new HashMap<>();
  private long pages;

  /**
   * Prepares plans.
   *
   * @param context everything around
   */
  public PagePlan(RebuildContext context) {
    this.context = context;
  }

  /**
   * How many pages have been planned so far.
   *
   * @return of all tasks
   */
  public long pages() {
    return pages;
  }

  /**
   * What a task has in the images.
   *
   * @param extents its pages, ascending
   * @param where their addresses
   */
  record Content(List<PageSource.Extent> extents, Intervals where) {}

  /**
   * What a task has in the images.
   *
   * @param task pid as in the images
   * @return nothing when it has no pages; read at the first call
   * @throws IOException when the images are damaged
   */
  Content content(int task) throws IOException {
    Content known = contents.get(task);
    if (known == null) {
      known = read(task);
      contents.put(task, known);
    }
    return known;
  }

  private Content read(int task) throws IOException {
    try (PageSource source =
        PageSource.open(context.images().directory(), ImageKind.PAGEMAP, task, PAGE)) {
      List<PageSource.Extent> extents = source == null ? List.of() : source.extents();
      Intervals where = new Intervals();
      for (PageSource.Extent extent : extents) {
        if (extent.address() >= 0 && extent.end() > 0) { // others belong to no mapping
          where.add(extent.address(), extent.end());
        }
      }
      return new Content(extents, where);
    }
  }

  /**
   * Plans the pages of one task.
   *
   * @param task pid as in the images
   * @param vmas its mappings, ascending
   * @param without addresses whose pages are not to be read
   * @param program takes the operations
   * @throws StasisException when pages do not belong to a mapping
   * @throws IOException when the images are damaged
   */
  void plan(int task, List<VmaEntry> vmas, Intervals without, Program program)
      throws StasisException, IOException {
    program.why("reading pages of memory");
    Batch batch = new Batch(program);
    int vma = 0;
    for (PageSource.Extent extent : content(task).extents()) {
      if (extent.file() == null) {
        throw new StasisException(
            context.describe(task),
            "reading pages of memory",
            "the images leave the page at "
                + Long.toHexString(extent.address())
                + " to a lazy-pages server",
            0,
            "Lazy restore is not carried yet.",
            null);
      }
      long address = extent.address();
      long left = extent.lengthBytes();
      while (left > 0) {
        while (vma < vmas.size() && Long.compareUnsigned(vmas.get(vma).getEnd(), address) <= 0) {
          vma++;
        }
        if (vma == vmas.size() || Long.compareUnsigned(vmas.get(vma).getStart(), address) > 0) {
          throw new StasisException(
              context.describe(task),
              "reading pages of memory",
              "pages at " + Long.toHexString(address) + " belong to no mapping",
              0,
              "",
              null);
        }
        long piece = Math.min(left, vmas.get(vma).getEnd() - address);
        if (MappingPlan.takesPages(vmas.get(vma)) && !MappingPlan.isKernels(vmas.get(vma))) {
          Intervals wanted = without.gaps(address, address + piece);
          for (int i = 0; i < wanted.count(); i++) {
            long start = wanted.start(i);
            batch.add(extent, start, wanted.end(i) - start, start - extent.address());
            pages += (wanted.end(i) - start) / PAGE;
          }
        }
        address += piece;
        left -= piece;
      }
    }
    batch.flush();
  }

  private Argument file(PageSource.Extent extent) {
    if (extent.file() == null) {
      throw new IllegalArgumentException("no image has the pages at " + extent.address());
    }
    return files.computeIfAbsent(
        extent.file(), path -> context.provide(path, Open.O_RDONLY | Open.O_CLOEXEC));
  }

  /** Ranges of memory whose pages follow each other in one file. */
  private final class Batch {
    private final Program program;
    private final long[] ranges = new long[2 * MOST_RANGES];
    private int count;
    private long bytes;
    private long offset;
    private Argument file = Argument.ZERO;

    Batch(Program program) {
      this.program = program;
    }

    void add(PageSource.Extent extent, long address, long length, long skip) {
      long at = extent.offsetBytes() + skip;
      Argument from = file(extent);
      if (count > 0
          && (!from.equals(file)
              || at != offset + bytes
              || count == MOST_RANGES
              || bytes + length > MOST_BYTES)) {
        flush();
      }
      if (count == 0) {
        file = from;
        offset = at;
      }
      if (count > 0 && ranges[2 * count - 2] + ranges[2 * count - 1] == address) {
        ranges[2 * count - 1] += length;
      } else {
        ranges[2 * count] = address;
        ranges[2 * count + 1] = length;
        count++;
      }
      bytes += length;
    }

    void flush() {
      if (count == 1) {
        program.add(
            Verb.READ,
            Expect.equal(bytes),
            file,
            Argument.of(ranges[0]),
            Argument.of(bytes),
            Argument.of(offset));
      } else if (count > 1) {
        program.call(
            Expect.equal(bytes),
            SyscallNumber.PREADV,
            file,
            context.plan().longs(java.util.Arrays.copyOf(ranges, 2 * count)),
            Argument.of(count),
            Argument.of(offset),
            Argument.ZERO);
      }
      count = 0;
      bytes = 0;
    }
  }
}

package org.stasis.engine.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.stasis.images.proto.VmaEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.PageQuery;
import org.stasis.linux.proc.PageRegions;
import org.stasis.linux.proc.Pagemap;

/**
 * Which pages of a task belong into its images: runs of pages, ascending. Not those that were never
 * touched, nor zero pages, nor pages of files that have not been copied on write; but all of the
 * vDSO, which another kernel may have another one of, and all of the rings of asynchronous I/O.
 * Guard pages, madvise(2), are found along the way.
 */
public final class PageRanges {
  private static final long TOP = 0x7fff_ffff_f000L;
  private static final int REGIONS = 1024;

  private static final long NOT_OWN = PageQuery.PAGE_IS_FILE | PageQuery.PAGE_IS_PFNZERO;
  private static final long CONTENT = PageQuery.PAGE_IS_PRESENT | PageQuery.PAGE_IS_SWAPPED;

  /** A guard looks like a page that is swapped out. */
  private static final PageQuery OWN_PAGES_AND_GUARDS =
      new PageQuery(NOT_OWN, NOT_OWN, CONTENT, PageQuery.PAGE_IS_GUARD, 0);

  /** For kernels before 6.16. */
  private static final PageQuery OWN_PAGES = new PageQuery(NOT_OWN, NOT_OWN, CONTENT, 0, 0);

  private final List<VmaEntry> vmas;
  private long[] bounds = new long[64];
  private boolean[] lazy = new boolean[32];
  private int count;
  private long pages;
  private int vma;
  private final List<VmaEntry> guards = new ArrayList<>();

  private PageRanges(List<VmaEntry> vmas) {
    this.vmas = vmas;
  }

  /**
   * Looks for the pages of a task.
   *
   * @param pagemap the task's
   * @param vmas its mappings, ascending
   * @return the runs
   * @throws SyscallException when it cannot be scanned
   */
  public static PageRanges of(Pagemap pagemap, List<VmaEntry> vmas) throws SyscallException {
    try {
      return of(pagemap, vmas, OWN_PAGES_AND_GUARDS);
    } catch (SyscallException e) {
      if (e.is(Errno.EINVAL)) {
        return of(pagemap, vmas, OWN_PAGES);
      }
      throw e;
    }
  }

  private static PageRanges of(Pagemap pagemap, List<VmaEntry> vmas, PageQuery query)
      throws SyscallException {
    PageRanges ranges = new PageRanges(vmas);
    PageRegions regions = new PageRegions(REGIONS);
    for (long at = 0; Long.compareUnsigned(at, TOP) < 0; ) {
      at = pagemap.scan(at, TOP, query, regions);
      for (int i = 0; i < regions.size(); i++) {
        if ((regions.categories(i) & PageQuery.PAGE_IS_GUARD) != 0) {
          ranges.guards.add(Guards.entry(regions.start(i), regions.end(i)));
        } else {
          ranges.found(regions.start(i), regions.end(i));
        }
      }
    }
    ranges.found(TOP, TOP);
    return ranges;
  }

  /**
   * Cuts a run at the bounds of mappings; keeps what lies in those that have pages of their own.
   */
  private void found(long start, long end) {
    long at = start;
    while (vma < vmas.size()) {
      VmaEntry entry = vmas.get(vma);
      if (Long.compareUnsigned(entry.getStart(), end) >= 0 && end != TOP) {
        return;
      }
      if (isVdso(entry) || AioRings.isRing(entry)) {
        if (Long.compareUnsigned(entry.getStart(), TOP) < 0) {
          add(entry.getStart(), entry.getEnd(), entry);
        }
      } else if (hasOwnPages(entry)) {
        long from = Math.max(at, entry.getStart());
        long to = Math.min(end, entry.getEnd());
        if (from < to) {
          add(from, to, entry);
        }
      }
      if (entry.getEnd() > end && end != TOP) {
        return; // the next run may lie in it too
      }
      at = Math.max(at, entry.getEnd());
      vma++;
    }
  }

  private static boolean isVdso(VmaEntry entry) {
    return (entry.getStatus() & VmaStatus.VDSO) != 0;
  }

  private static boolean hasOwnPages(VmaEntry entry) {
    int status = entry.getStatus();
    return (status & (VmaStatus.ANON_PRIVATE | VmaStatus.FILE_PRIVATE)) != 0
        && (status & (VmaStatus.VVAR | VmaStatus.VSYSCALL | VmaStatus.GUARD)) == 0
        && (entry.getFlags() & MmapFlags.MAP_DROPPABLE) == 0;
  }

  private void add(long start, long end, VmaEntry entry) {
    boolean canWait =
        (entry.getStatus() & VmaStatus.ANON_PRIVATE) != 0
            && !isVdso(entry)
            && (entry.getFlags() & (MmapFlags.MAP_LOCKED | MmapFlags.MAP_HUGETLB)) == 0;
    if (count > 0 && bounds[2 * count - 1] == start && lazy[count - 1] == canWait) {
      bounds[2 * count - 1] = end;
    } else {
      if (count == lazy.length) {
        bounds = Arrays.copyOf(bounds, count * 4);
        lazy = Arrays.copyOf(lazy, count * 2);
      }
      bounds[2 * count] = start;
      bounds[2 * count + 1] = end;
      lazy[count] = canWait;
      count++;
    }
    pages += (end - start) / PageDump.PAGE;
  }

  /**
   * Where guard pages are.
   *
   * @return entries for the image, ascending
   */
  public List<VmaEntry> guards() {
    return guards;
  }

  /** How many pages the mappings have room for. */
  long pagesScanned() {
    long room = 0;
    for (VmaEntry entry : vmas) {
      room += (entry.getEnd() - entry.getStart()) / PageDump.PAGE;
    }
    return room;
  }

  int count() {
    return count;
  }

  long start(int index) {
    return bounds[2 * index];
  }

  long end(int index) {
    return bounds[2 * index + 1];
  }

  /** Whether a lazy restore may bring the run later. */
  boolean lazy(int index) {
    return lazy[index];
  }

  /** How many pages all runs have. */
  long pages() {
    return pages;
  }
}

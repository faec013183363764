package org.stasis.engine.memory;

import java.util.Arrays;
import java.util.List;
import org.stasis.images.proto.VmaEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.PagemapScan;
import org.stasis.linux.SyscallException;

/**
 * Which pages of a task belong into its images: runs of pages, ascending. Not those that were never
 * touched, nor zero pages, nor pages of files that have not been copied on write; but all of the
 * vDSO, which another kernel may have another one of, and all of the rings of asynchronous I/O.
 */
final class PageRanges {
  private static final long TOP = 0x7fff_ffff_f000L;
  private static final PagemapScan.Filter OWN_PAGES =
      new PagemapScan.Filter(
          PagemapScan.PAGE_IS_FILE | PagemapScan.PAGE_IS_PFNZERO,
          PagemapScan.PAGE_IS_FILE | PagemapScan.PAGE_IS_PFNZERO,
          PagemapScan.PAGE_IS_PRESENT | PagemapScan.PAGE_IS_SWAPPED,
          PagemapScan.PAGE_IS_PRESENT | PagemapScan.PAGE_IS_SWAPPED);

  private final List<VmaEntry> vmas;
  private long[] bounds = new long[64];
  private boolean[] lazy = new boolean[32];
  private int count;
  private long pages;
  private int vma;

  private PageRanges(List<VmaEntry> vmas) {
    this.vmas = vmas;
  }

  /**
   * Looks for the pages of a task.
   *
   * @param pagemap {@code /proc/PID/pagemap}
   * @param vmas its mappings, ascending
   * @return the runs
   * @throws SyscallException when it cannot be scanned
   */
  static PageRanges of(Fd pagemap, List<VmaEntry> vmas) throws SyscallException {
    PageRanges ranges = new PageRanges(vmas);
    PagemapScan.scan(pagemap, 0, TOP, OWN_PAGES, (start, end, _) -> ranges.found(start, end));
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

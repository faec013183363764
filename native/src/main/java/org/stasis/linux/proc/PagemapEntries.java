package org.stasis.linux.proc;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Mapping;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.linux.foreign.Scratch;

/**
 * Pages of a task by the entries of {@code /proc/PID/pagemap}: eight bytes for each.
 *
 * <table>
 * <caption>An entry</caption>
 * <tr><td>0-54</td><td>page frame when present, 0 without CAP_SYS_ADMIN</td></tr>
 * <tr><td>55</td><td>soft dirty</td></tr>
 * <tr><td>57</td><td>write-protected by userfaultfd (Linux 5.13)</td></tr>
 * <tr><td>58</td><td>guard (Linux 6.15)</td></tr>
 * <tr><td>61</td><td>of a file, or shared</td></tr>
 * <tr><td>62</td><td>swapped</td></tr>
 * <tr><td>63</td><td>present</td></tr>
 * </table>
 */
final class PagemapEntries {
  private static final int PAGE_SHIFT = 12; // x86-64 has no other page size
  private static final long PAGE_BYTES = 1L << PAGE_SHIFT;
  private static final long FRAME = (1L << 55) - 1;
  private static final long SOFT_DIRTY = 1L << 55;
  private static final long WRITE_PROTECTED = 1L << 57;
  private static final long GUARD = 1L << 58;
  private static final long FILE = 1L << 61;
  private static final long SWAPPED = 1L << 62;
  private static final long PRESENT = 1L << 63;
  private static final int BATCH_BYTES = 16 << 10;

  private PagemapEntries() {}

  static long scan(Fd pagemap, long start, long end, PageQuery query, PageRegions into)
      throws SyscallException {
    if (query.flags() != 0) {
      throw new SyscallException("PAGEMAP_SCAN, to write-protect", Errno.EOPNOTSUPP.number());
    }
    long zeroFrame = ZeroPage.FRAME;
    into.size(0);
    try (Scratch scratch = Scratch.open()) {
      MemorySegment batch = scratch.allocateDirty(BATCH_BYTES);
      long address = start;
      while (address < end) {
        long wanted = Math.min(BATCH_BYTES, (end - address) >>> PAGE_SHIFT << 3);
        long read = pagemap.pread(batch.asSlice(0, wanted), address >>> PAGE_SHIFT << 3);
        if (read == 0) {
          return end; // the task has ended, or the range leaves its address space
        }
        for (long at = 0; at < read; at += Long.BYTES, address += PAGE_BYTES) {
          long categories = categories(batch.get(JAVA_LONG, at), zeroFrame);
          if (query.matches(categories)
              && !into.append(address, address + PAGE_BYTES, categories & query.returned())) {
            return address;
          }
        }
      }
      return end;
    }
  }

  private static long categories(long entry, long zeroFrame) {
    long categories = 0;
    if ((entry & (PRESENT | SWAPPED)) != 0) {
      categories |= (entry & PRESENT) != 0 ? PageQuery.PAGE_IS_PRESENT : PageQuery.PAGE_IS_SWAPPED;
      categories |= (entry & WRITE_PROTECTED) == 0 ? PageQuery.PAGE_IS_WRITTEN : 0;
      categories |= (entry & FILE) != 0 ? PageQuery.PAGE_IS_FILE : 0;
      categories |= (entry & SOFT_DIRTY) != 0 ? PageQuery.PAGE_IS_SOFT_DIRTY : 0;
    }
    if ((entry & PRESENT) != 0 && zeroFrame != 0 && (entry & FRAME) == zeroFrame) {
      categories |= PageQuery.PAGE_IS_PFNZERO;
    }
    return (entry & GUARD) != 0 ? categories | PageQuery.PAGE_IS_GUARD : categories;
  }

  /** The frame of the page of zeroes: that of memory of ours that was only read. */
  private static final class ZeroPage {
    /** 0 when the kernel does not tell frames; then pages of zeroes count as contents. */
    private static final long FRAME = find();

    private static long find() {
      try (Mapping untouched = Mapping.anonymous(PAGE_BYTES);
          Fd pagemap = Fd.open("/proc/self/pagemap", Open.O_RDONLY | Open.O_CLOEXEC);
          Scratch scratch = Scratch.open()) {
        MemorySegment entry = scratch.allocate(Long.BYTES);
        byte read = untouched.memory().get(JAVA_BYTE, 0); // maps the page of zeroes
        pagemap.pread(entry, untouched.memory().address() >>> PAGE_SHIFT << 3);
        return (entry.get(JAVA_LONG, 0) & PagemapEntries.FRAME) + read;
      } catch (SyscallException e) {
        throw new ExceptionInInitializerError(e);
      }
    }
  }
}

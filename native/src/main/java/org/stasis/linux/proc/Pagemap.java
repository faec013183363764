package org.stasis.linux.proc;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.ref.Reference;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.IoctlNumber;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.linux.foreign.Scratch;

/**
 * Which pages of a task hold something, {@code /proc/PID/pagemap}.
 *
 * <p>Asks with the PAGEMAP_SCAN request of Linux 6.7; from older kernels it reads an entry per
 * page, which knows no {@link PageQuery#PAGE_IS_HUGE} and {@link PageQuery#PAGE_IS_WPALLOWED}. Safe
 * for use by several threads, each with its own {@link PageRegions}.
 */
public final class Pagemap implements AutoCloseable {
  /** {@code struct pm_scan_arg} of linux/fs.h. */
  static final StructLayout LAYOUT =
      structLayout(
              JAVA_LONG.withName("size"),
              JAVA_LONG.withName("flags"),
              JAVA_LONG.withName("start"),
              JAVA_LONG.withName("end"),
              JAVA_LONG.withName("walk_end"),
              JAVA_LONG.withName("vec"),
              JAVA_LONG.withName("vec_len"),
              JAVA_LONG.withName("max_pages"),
              JAVA_LONG.withName("category_inverted"),
              JAVA_LONG.withName("category_mask"),
              JAVA_LONG.withName("category_anyof_mask"),
              JAVA_LONG.withName("return_mask"))
          .withName("struct pm_scan_arg");

  private static final long SIZE = LAYOUT.byteOffset(groupElement("size"));
  private static final long FLAGS = LAYOUT.byteOffset(groupElement("flags"));
  private static final long START = LAYOUT.byteOffset(groupElement("start"));
  private static final long END = LAYOUT.byteOffset(groupElement("end"));
  private static final long WALK_END = LAYOUT.byteOffset(groupElement("walk_end"));
  private static final long VEC = LAYOUT.byteOffset(groupElement("vec"));
  private static final long VEC_LEN = LAYOUT.byteOffset(groupElement("vec_len"));
  private static final long INVERTED = LAYOUT.byteOffset(groupElement("category_inverted"));
  private static final long REQUIRED = LAYOUT.byteOffset(groupElement("category_mask"));
  private static final long ANY_OF = LAYOUT.byteOffset(groupElement("category_anyof_mask"));
  private static final long RETURNED = LAYOUT.byteOffset(groupElement("return_mask"));
  private static final long PAGEMAP_SCAN = IoctlNumber.readWrite('f', 16, LAYOUT.byteSize());

  private final Fd fd;
  private volatile boolean scans = true;
  private volatile boolean knowsGuards = true;

  private Pagemap(Fd fd) {
    this.fd = fd;
  }

  /**
   * Opens that of a task.
   *
   * @param task the task
   * @return its pagemap
   * @throws SyscallException open(2); EACCES without the right to trace it
   */
  public static Pagemap open(ProcTask task) throws SyscallException {
    return new Pagemap(task.open("pagemap", Open.O_RDONLY));
  }

  /**
   * Looks for pages.
   *
   * @param start first address, page aligned
   * @param end address after the last, page aligned
   * @param query which pages
   * @param into takes the ranges, replacing what it held
   * @return where to go on: {@code end}, or less when {@code into} was full
   * @throws SyscallException EPERM where a mapping can't be write-protected, and asked so; EINVAL
   *     for what this kernel doesn't know; EOPNOTSUPP for write-protecting on a kernel without
   *     PAGEMAP_SCAN; ESRCH when the task is gone
   */
  public long scan(long start, long end, PageQuery query, PageRegions into)
      throws SyscallException {
    while (scans) {
      boolean reduce = !knowsGuards && query.avoidsGuards();
      try {
        return scanAtOnce(start, end, reduce ? query.withoutGuards() : query, into);
      } catch (SyscallException e) {
        if (e.is(Errno.ENOTTY)) {
          scans = false;
        } else if (e.is(Errno.EINVAL) && knowsGuards && query.avoidsGuards()) {
          knowsGuards = false;
        } else {
          throw e;
        }
      }
    }
    return scanEntries(start, end, query, into);
  }

  /** The scan that kernels before 6.7 allow. */
  long scanEntries(long start, long end, PageQuery query, PageRegions into)
      throws SyscallException {
    return PagemapEntries.scan(fd, start, end, query, into);
  }

  @Override
  public void close() throws SyscallException {
    fd.close();
  }

  private long scanAtOnce(long start, long end, PageQuery query, PageRegions into)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment request = scratch.allocate(LAYOUT);
      request.set(JAVA_LONG, SIZE, LAYOUT.byteSize());
      request.set(JAVA_LONG, FLAGS, query.flags());
      request.set(JAVA_LONG, START, start);
      request.set(JAVA_LONG, END, end);
      request.set(JAVA_LONG, VEC, into.address());
      request.set(JAVA_LONG, VEC_LEN, into.capacity());
      request.set(JAVA_LONG, INVERTED, query.inverted());
      request.set(JAVA_LONG, REQUIRED, query.required());
      request.set(JAVA_LONG, ANY_OF, query.anyOf());
      request.set(JAVA_LONG, RETURNED, query.returned());
      into.size((int) fd.ioctl(PAGEMAP_SCAN, request, "PAGEMAP_SCAN"));
      return request.get(JAVA_LONG, WALK_END);
    } finally {
      Reference.reachabilityFence(into);
    }
  }
}

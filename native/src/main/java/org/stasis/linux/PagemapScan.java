package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * PAGEMAP_SCAN of a task's {@code pagemap}, {@code Documentation/admin-guide/mm/pagemap.rst}: runs
 * of pages by category, without looking at every page from user space. Since Linux 6.7.
 */
public final class PagemapScan {
  public static final long PAGE_IS_WPALLOWED = 1;
  public static final long PAGE_IS_WRITTEN = 1 << 1;
  public static final long PAGE_IS_FILE = 1 << 2;
  public static final long PAGE_IS_PRESENT = 1 << 3;
  public static final long PAGE_IS_SWAPPED = 1 << 4;
  public static final long PAGE_IS_PFNZERO = 1 << 5;
  public static final long PAGE_IS_HUGE = 1 << 6;

  /** Since Linux 6.15. */
  public static final long PAGE_IS_GUARD = 1 << 8;

  /** {@code struct pm_scan_arg} of linux/fs.h. */
  static final StructLayout ARGUMENT =
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

  private static final long SIZE = ARGUMENT.byteOffset(groupElement("size"));
  private static final long START = ARGUMENT.byteOffset(groupElement("start"));
  private static final long END = ARGUMENT.byteOffset(groupElement("end"));
  private static final long WALK_END = ARGUMENT.byteOffset(groupElement("walk_end"));
  private static final long VEC = ARGUMENT.byteOffset(groupElement("vec"));
  private static final long VEC_LEN = ARGUMENT.byteOffset(groupElement("vec_len"));
  private static final long INVERTED = ARGUMENT.byteOffset(groupElement("category_inverted"));
  private static final long MASK = ARGUMENT.byteOffset(groupElement("category_mask"));
  private static final long ANYOF = ARGUMENT.byteOffset(groupElement("category_anyof_mask"));
  private static final long RETURN = ARGUMENT.byteOffset(groupElement("return_mask"));

  /** {@code _IOWR('f', 16, struct pm_scan_arg)}. */
  private static final long REQUEST = 0xc0606610L;

  /** {@code struct page_region}: start, end, categories. */
  private static final long REGION = 24;

  private static final int REGIONS = 1024;

  private PagemapScan() {}

  /**
   * What is looked for.
   *
   * @param inverted categories that are to be absent rather than present
   * @param all categories of which every one must match
   * @param any categories of which at least one must match; 0: no matter
   * @param told categories to be told of each run; runs that differ in them are told apart
   */
  public record Filter(long inverted, long all, long any, long told) {}

  /** Takes runs of pages. */
  @FunctionalInterface
  public interface Runs {
    /**
     * Takes one.
     *
     * @param start first byte
     * @param end the byte after it
     * @param categories those asked for that apply
     */
    void run(long start, long end, long categories);
  }

  /**
   * Scans a range of addresses.
   *
   * @param pagemap {@code /proc/PID/pagemap}, open for reading
   * @param start first byte, page aligned
   * @param end the byte after the last
   * @param filter what is looked for
   * @param runs takes what is found, ascending
   * @throws SyscallException ENOTTY from an older kernel
   */
  public static void scan(Fd pagemap, long start, long end, Filter filter, Runs runs)
      throws SyscallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argument = arena.allocate(ARGUMENT);
      MemorySegment regions = arena.allocate(REGION * REGIONS, 8);
      argument.set(JAVA_LONG, SIZE, ARGUMENT.byteSize());
      argument.set(JAVA_LONG, END, end);
      argument.set(JAVA_LONG, VEC, regions.address());
      argument.set(JAVA_LONG, VEC_LEN, REGIONS);
      argument.set(JAVA_LONG, INVERTED, filter.inverted());
      argument.set(JAVA_LONG, MASK, filter.all());
      argument.set(JAVA_LONG, ANYOF, filter.any());
      argument.set(JAVA_LONG, RETURN, filter.told());
      for (long at = start; Long.compareUnsigned(at, end) < 0; ) {
        argument.set(JAVA_LONG, START, at);
        long count = pagemap.ioctl(REQUEST, argument, "PAGEMAP_SCAN");
        for (long i = 0; i < count; i++) {
          long region = i * REGION;
          runs.run(
              regions.get(JAVA_LONG, region),
              regions.get(JAVA_LONG, region + 8),
              regions.get(JAVA_LONG, region + 16));
        }
        at = argument.get(JAVA_LONG, WALK_END);
      }
    }
  }
}

package org.stasis.linux.proc;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * Ranges of pages that {@link Pagemap#scan} found. Made once and filled again and again; not safe
 * for use by several threads at once.
 */
public final class PageRegions {
  /** {@code struct page_region} of linux/fs.h. */
  static final StructLayout LAYOUT =
      structLayout(
              JAVA_LONG.withName("start"),
              JAVA_LONG.withName("end"),
              JAVA_LONG.withName("categories"))
          .withName("struct page_region");

  private static final long START = LAYOUT.byteOffset(groupElement("start"));
  private static final long END = LAYOUT.byteOffset(groupElement("end"));
  private static final long CATEGORIES = LAYOUT.byteOffset(groupElement("categories"));
  private static final long STRIDE = LAYOUT.byteSize();

  private final MemorySegment regions;
  private final int capacity;
  private int size;

  /**
   * Makes room.
   *
   * @param capacity how many ranges one scan can find
   */
  public PageRegions(int capacity) {
    this.capacity = capacity;
    this.regions = Arena.ofAuto().allocate(capacity * STRIDE, Long.BYTES);
  }

  /**
   * How many ranges the last scan found.
   *
   * @return their number
   */
  public int size() {
    return size;
  }

  /**
   * Where a range starts.
   *
   * @param index which one, in ascending order
   * @return an address
   */
  public long start(int index) {
    return regions.get(JAVA_LONG, at(index) + START);
  }

  /**
   * Where a range ends.
   *
   * @param index which one
   * @return the address after its last byte
   */
  public long end(int index) {
    return regions.get(JAVA_LONG, at(index) + END);
  }

  /**
   * What the pages of a range are.
   *
   * @param index which one
   * @return {@code PAGE_IS_} bits of {@link PageQuery}, of those that were to be told
   */
  public long categories(int index) {
    return regions.get(JAVA_LONG, at(index) + CATEGORIES);
  }

  int capacity() {
    return capacity;
  }

  long address() {
    return regions.address();
  }

  void size(int filled) {
    size = filled;
  }

  /** Adds a page behind the others; false when there is no room for another range. */
  boolean append(long start, long end, long categories) {
    int last = size - 1;
    if (size > 0 && end(last) == start && categories(last) == categories) {
      regions.set(JAVA_LONG, last * STRIDE + END, end);
      return true;
    }
    if (size == capacity) {
      return false;
    }
    regions.set(JAVA_LONG, size * STRIDE + START, start);
    regions.set(JAVA_LONG, size * STRIDE + END, end);
    regions.set(JAVA_LONG, size * STRIDE + CATEGORIES, categories);
    size++;
    return true;
  }

  private long at(int index) {
    if (index < 0 || index >= size) {
      throw new IndexOutOfBoundsException(index + " of " + size + " ranges");
    }
    return index * STRIDE;
  }
}

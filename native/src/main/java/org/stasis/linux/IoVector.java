package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * A list of address ranges, {@code struct iovec[]}, of this process or of another one.
 *
 * <p>Made once and filled again and again. A range of this process keeps its memory reachable until
 * the list is cleared. Not safe for use by several threads at once.
 */
public final class IoVector {
  /** The most ranges that the kernel takes at once, {@code UIO_MAXIOV}. */
  public static final int MAX_RANGES = 1024;

  /** {@code struct iovec} of readv(2). */
  static final StructLayout LAYOUT =
      structLayout(JAVA_LONG.withName("iov_base"), JAVA_LONG.withName("iov_len"))
          .withName("struct iovec");

  private static final long BASE = LAYOUT.byteOffset(groupElement("iov_base"));
  private static final long LENGTH = LAYOUT.byteOffset(groupElement("iov_len"));
  private static final long STRIDE = LAYOUT.byteSize();

  private final MemorySegment ranges;
  private final int capacity;
  private final List<MemorySegment> held = new ArrayList<>(0);
  private int size;
  private long bytes;

  /**
   * Makes an empty list.
   *
   * @param capacity how many ranges fit, at most {@link #MAX_RANGES}
   */
  public IoVector(int capacity) {
    if (capacity < 1 || capacity > MAX_RANGES) {
      throw new IllegalArgumentException("capacity " + capacity);
    }
    this.capacity = capacity;
    this.ranges = Arena.ofAuto().allocate(capacity * STRIDE, 8);
  }

  /**
   * Appends a range of another process.
   *
   * @param address first byte
   * @param length in bytes
   * @throws IndexOutOfBoundsException when the list is full
   */
  public void add(long address, long length) {
    if (size == capacity) {
      throw new IndexOutOfBoundsException("more than " + capacity + " ranges");
    }
    set(size++, address, length);
    bytes += length;
  }

  /**
   * Appends a range of this process.
   *
   * @param memory native memory
   * @throws IndexOutOfBoundsException when the list is full
   */
  public void add(MemorySegment memory) {
    add(Syscall.address(memory), memory.byteSize());
    held.add(memory);
  }

  /** Empties the list. */
  public void clear() {
    size = 0;
    bytes = 0;
    held.clear();
  }

  /**
   * How many ranges there are.
   *
   * @return their number
   */
  public int size() {
    return size;
  }

  /**
   * Whether another range would not fit.
   *
   * @return true when the list is full
   */
  public boolean isFull() {
    return size == capacity;
  }

  /**
   * Length of all ranges together.
   *
   * @return bytes
   */
  public long bytes() {
    return bytes;
  }

  /**
   * Where a range starts.
   *
   * @param index which one
   * @return its first byte
   */
  public long base(int index) {
    return ranges.get(JAVA_LONG, index * STRIDE + BASE);
  }

  /**
   * How long a range is.
   *
   * @param index which one
   * @return bytes
   */
  public long length(int index) {
    return ranges.get(JAVA_LONG, index * STRIDE + LENGTH);
  }

  /**
   * Drops what has been transferred from the front, after a call that did only part.
   *
   * @param done bytes
   */
  public void advance(long done) {
    if (done < 0 || done > bytes) {
      throw new IllegalArgumentException(done + " of " + bytes + " bytes");
    }
    long left = done;
    int first = 0;
    while (first < size && length(first) <= left) {
      left -= length(first++);
    }
    for (int i = first; i < size; i++) {
      long skip = i == first ? left : 0;
      set(i - first, base(i) + skip, length(i) - skip);
    }
    size -= first;
    bytes -= done;
  }

  /** The array's address; the caller keeps this object reachable during the call. */
  long address() {
    return ranges.address();
  }

  /** Fills in a single {@code struct iovec}. */
  static void write(MemorySegment vector, long address, long length) {
    vector.set(JAVA_LONG, BASE, address);
    vector.set(JAVA_LONG, LENGTH, length);
  }

  /** The length in a single {@code struct iovec}, which the kernel may have changed. */
  static long length(MemorySegment vector) {
    return vector.get(JAVA_LONG, LENGTH);
  }

  private void set(int index, long address, long length) {
    ranges.set(JAVA_LONG, index * STRIDE + BASE, address);
    ranges.set(JAVA_LONG, index * STRIDE + LENGTH, length);
  }
}

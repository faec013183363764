package org.stasis.engine.memory;

import java.util.Arrays;

/**
 * Ranges of addresses below the top of a task's address space: ascending, none touching another.
 */
final class Intervals {
  static final Intervals NONE = new Intervals();

  private long[] bounds = new long[8];
  private int count;

  /** Adds a range behind the others, or to the last one. */
  void add(long start, long end) {
    if (start >= end) {
      return;
    }
    if (count > 0 && start < end(count - 1)) {
      throw new IllegalArgumentException(Long.toHexString(start) + " lies before what is there");
    }
    if (count > 0 && start == end(count - 1)) {
      bounds[2 * count - 1] = end;
      return;
    }
    if (2 * count == bounds.length) {
      bounds = Arrays.copyOf(bounds, 2 * bounds.length);
    }
    bounds[2 * count] = start;
    bounds[2 * count + 1] = end;
    count++;
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

  /** The first range that ends after an address; the number of ranges when there is none. */
  int firstEndingAfter(long address) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (end(middle) > address) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** Whether anything of a range is in here. */
  boolean meets(long start, long end) {
    int next = firstEndingAfter(start);
    return next < count && start(next) < end;
  }

  /** What of a range is not in here. */
  Intervals gaps(long start, long end) {
    Intervals gaps = new Intervals();
    long at = start;
    for (int i = firstEndingAfter(start); i < count && start(i) < end; i++) {
      gaps.add(at, Math.min(end, start(i)));
      at = Math.max(at, end(i));
    }
    gaps.add(at, end);
    return gaps;
  }

  /** What lies in either. */
  Intervals with(Intervals other) {
    Intervals both = new Intervals();
    int a = 0;
    int b = 0;
    long start = 0;
    long end = -1;
    while (a < count || b < other.count) {
      boolean mine = b == other.count || (a < count && start(a) <= other.start(b));
      long nextStart = mine ? start(a) : other.start(b);
      long nextEnd = mine ? end(a++) : other.end(b++);
      if (nextStart > end) {
        both.add(start, end);
        start = nextStart;
        end = nextEnd;
      } else {
        end = Math.max(end, nextEnd);
      }
    }
    both.add(start, end);
    return both;
  }
}

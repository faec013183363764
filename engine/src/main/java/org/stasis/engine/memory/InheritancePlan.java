package org.stasis.engine.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.stasis.images.ImageDirectory;
import org.stasis.images.ImageKind;
import org.stasis.images.PageSource;
import org.stasis.images.proto.VmaEntry;

/**
 * Finds out which pages children share with one parent: those of the same content at the same
 * address, in mappings that fork(2) passes on. Images do not tell; whoever has written a page since
 * the fork has changed it, and where both have come to the same again they may as well share it.
 */
public final class InheritancePlan implements AutoCloseable {
  private static final int PAGE = 4096;

  private final Arena arena = Arena.ofConfined();
  private final Map<FileChannel, MemorySegment> files = new IdentityHashMap<>();
  private final ImageDirectory images;
  private final Inheritance parent;
  private final List<VmaEntry> parentVmas;
  private final PageSource parentPages;

  private InheritancePlan(
      ImageDirectory images, Inheritance parent, List<VmaEntry> vmas, PageSource pages) {
    this.images = images;
    this.parent = parent;
    this.parentVmas = vmas;
    this.parentPages = pages;
  }

  /**
   * Begins with a parent.
   *
   * @param images the set
   * @param task its pid as in the images
   * @param inheritance the parent's own, which takes what it must have before its children
   * @param vmas its mappings
   * @return the plan; null when it has no pages
   * @throws IOException when the images are damaged
   */
  public static @org.jspecify.annotations.Nullable InheritancePlan of(
      ImageDirectory images, int task, Inheritance inheritance, List<VmaEntry> vmas)
      throws IOException {
    PageSource pages = PageSource.open(images, ImageKind.PAGEMAP, task, PAGE);
    return pages == null ? null : new InheritancePlan(images, inheritance, vmas, pages);
  }

  /**
   * What a child gets from the parent.
   *
   * @param task the child's pid as in the images
   * @param vmas its mappings
   * @return its inheritance
   * @throws IOException when the images are damaged
   */
  public Inheritance child(int task, List<VmaEntry> vmas) throws IOException {
    try (PageSource pages = PageSource.open(images, ImageKind.PAGEMAP, task, PAGE);
        Arena own = Arena.ofConfined()) {
      if (pages == null) {
        return Inheritance.nothing();
      }
      Child child = new Child(new Walk(pages.extents()), own);
      int mine = 0;
      for (VmaEntry vma : vmas) {
        if (!Inheritance.isPassedOn(vma)) {
          continue;
        }
        while (mine < parentVmas.size() && isBefore(parentVmas.get(mine), vma)) {
          mine++;
        }
        for (int i = mine; i < parentVmas.size(); i++) {
          VmaEntry other = parentVmas.get(i);
          if (other.getStart() >= vma.getEnd() || Guards.isOne(other)) {
            break;
          }
          if (Inheritance.isPassedOn(other)
              && Inheritance.isSame(vma, other)
              && child.compare(
                  Math.max(vma.getStart(), other.getStart()),
                  Math.min(vma.getEnd(), other.getEnd()))) {
            parent.early.set(i);
          }
        }
      }
      return new Inheritance(child.kept, child.same, child.stale);
    }
  }

  private static boolean isBefore(VmaEntry vma, VmaEntry other) {
    return !Guards.isOne(vma) && vma.getEnd() <= other.getStart();
  }

  /** One child's pages beside the parent's, mapping by mapping. */
  private final class Child {
    final Intervals kept = new Intervals();
    final Intervals same = new Intervals();
    final Intervals stale = new Intervals();
    private final Walk theirs = new Walk(parentPages.extents());
    private final Walk own;
    private final Map<FileChannel, MemorySegment> ownFiles = new IdentityHashMap<>();
    private final Arena ownArena;

    Child(Walk own, Arena ownArena) {
      this.own = own;
      this.ownArena = ownArena;
    }

    /** Compares a range; false when nothing in it is shared. */
    boolean compare(long start, long end) throws IOException {
      Intervals equal = new Intervals();
      Intervals gone = new Intervals();
      for (long at = theirs.next(start); at < end; ) {
        long stop = Math.min(end, theirs.end());
        long begin = own.next(at);
        if (begin > at) {
          stop = Math.min(stop, begin);
          gone.add(at, stop);
        } else {
          stop = Math.min(stop, own.end());
          addEqual(at, stop, equal);
        }
        at = theirs.next(stop);
      }
      if (equal.count() == 0) {
        return false;
      }
      kept.add(start, end);
      addAll(equal, same);
      addAll(gone, stale);
      return true;
    }

    private void addEqual(long start, long end, Intervals equal) throws IOException {
      if (theirs.isAbsent() || own.isAbsent()) {
        return; // a server has them; they are not brought by a parent
      }
      MemorySegment a = theirs.content(start, end, files, arena);
      MemorySegment b = own.content(start, end, ownFiles, ownArena);
      long length = end - start;
      for (long at = 0; at < length; ) {
        long mismatch = MemorySegment.mismatch(a, at, length, b, at, length);
        long until = mismatch < 0 ? length : at + mismatch & -PAGE;
        equal.add(start + at, start + until);
        at = until + PAGE;
      }
    }

    private void addAll(Intervals from, Intervals to) {
      for (int i = 0; i < from.count(); i++) {
        to.add(from.start(i), from.end(i));
      }
    }
  }

  /** Goes through extents, ascending. */
  private static final class Walk {
    private final List<PageSource.Extent> extents;
    private int index;

    Walk(List<PageSource.Extent> extents) {
      this.extents = extents;
    }

    /** The first address of a page at or after an address. */
    long next(long address) {
      while (index < extents.size() && extents.get(index).end() <= address) {
        index++;
      }
      return index == extents.size()
          ? Long.MAX_VALUE
          : Math.max(address, extents.get(index).address());
    }

    /** Where the run of pages ends that {@link #next} found. */
    long end() {
      return extents.get(index).end();
    }

    boolean isAbsent() {
      return extents.get(index).pages() == null;
    }

    MemorySegment content(long start, long end, Map<FileChannel, MemorySegment> files, Arena arena)
        throws IOException {
      PageSource.Extent extent = extents.get(index);
      FileChannel file = extent.pages();
      if (file == null) {
        throw new IllegalStateException("nobody has the pages at " + Long.toHexString(start));
      }
      MemorySegment all = files.get(file);
      if (all == null) {
        all = file.map(MapMode.READ_ONLY, 0, file.size(), arena);
        files.put(file, all);
      }
      return all.asSlice(extent.offsetBytes() + start - extent.address(), end - start);
    }
  }

  @Override
  public void close() throws IOException {
    arena.close();
    parentPages.close();
  }
}

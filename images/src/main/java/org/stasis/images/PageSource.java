package org.stasis.images;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.images.Pagemap.Range;

/**
 * The pages of one task or shared object, wherever in a chain of dumps they are. A dump holds only
 * what changed since its parent's; the rest is found by the same file names there, and so on.
 */
public final class PageSource implements Closeable {
  /**
   * Pages in a row that lie in a row in one file too.
   *
   * @param address of the first byte: virtual, or an offset in a shared object; unsigned
   * @param file the path of the file they are in; null when no image has them and a lazy server
   *     must bring them
   * @param pages the same file, open; null when {@code file} is
   * @param offsetBytes where in that file
   * @param lazy whether they may be brought once the task touches them
   */
  public record Extent(
      long address,
      long lengthBytes,
      @Nullable Path file,
      @Nullable FileChannel pages,
      long offsetBytes,
      boolean lazy) {
    /** The address after the last byte. */
    public long end() {
      return address + lengthBytes;
    }
  }

  /** Each takes a stack frame; and nobody's pages come from so many dumps. */
  private static final int MAX_PARENTS = 1000;

  /** One dump of the chain. */
  private record Level(
      String file,
      Pagemap map,
      @Nullable Path pagesFile,
      @Nullable FileChannel pages,
      @Nullable Level parent) {}

  private final List<FileChannel> open = new ArrayList<>();
  private final List<Extent> extents = new ArrayList<>();

  private PageSource() {}

  /**
   * Opens the pages and those of the dumps before, as far as they are referred to.
   *
   * @param kind {@link ImageKind#PAGEMAP} or {@link ImageKind#SHMEM_PAGEMAP}
   * @param id pid or id of the shared object
   * @param pageBytes size of a page where the dumps were made
   * @return null when there is no such pagemap
   * @throws ImageException when pages are referred to that a pages file is too short for, or that
   *     the parent does not have, or when the chain of parents leads back to itself
   */
  public static @Nullable PageSource open(
      ImageDirectory directory, ImageKind kind, long id, int pageBytes) throws IOException {
    PageSource source = new PageSource();
    try {
      Level level = source.level(directory, kind, id, pageBytes, new ArrayList<>());
      if (level == null) return null;
      for (Range range : level.map().ranges()) source.add(level, range, range.isLazy());
      return source;
    } catch (IOException | RuntimeException e) {
      try {
        source.close();
      } catch (IOException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
  }

  private @Nullable Level level(
      ImageDirectory directory, ImageKind kind, long id, int pageBytes, List<Path> seen)
      throws IOException {
    Pagemap map = Pagemap.read(directory, kind, id, pageBytes);
    if (map == null) return null;
    String file = directory.file(kind, id).toString();
    Path real = directory.path().toRealPath();
    if (seen.contains(real)) {
      throw new ImageException(
          directory.path().toString(),
          -1,
          "a parent that is its own parent",
          "a chain with an end");
    }
    if (seen.size() == MAX_PARENTS) {
      throw new ImageException(
          directory.path().toString(), -1, "more than " + MAX_PARENTS + " parents", "fewer");
    }
    seen.add(real);
    Level parent = null;
    for (Range range : map.ranges()) {
      if (!range.isInParent() || range.isPresent()) continue;
      ImageDirectory before = directory.parent();
      if (before == null) throw noParent(file, range);
      parent = level(before, kind, id, pageBytes, seen);
      break;
    }
    FileChannel pages = pages(directory, map);
    Path pagesFile = pages == null ? null : directory.file(ImageKind.PAGES, map.pagesId());
    return new Level(file, map, pagesFile, pages, parent);
  }

  private @Nullable FileChannel pages(ImageDirectory directory, Pagemap map) throws IOException {
    long needed = map.presentBytes();
    if (needed == 0) return null;
    Path file = directory.file(ImageKind.PAGES, map.pagesId());
    FileChannel channel;
    try {
      channel = ImageReader.openRegular(file);
    } catch (NoSuchFileException e) {
      throw new ImageException(file.toString(), -1, "no such file", needed + " bytes of pages", e);
    }
    open.add(channel);
    long size = channel.size();
    if (size < needed) {
      throw new ImageException(
          file.toString(), size, "the end of the file", needed + " bytes of pages");
    }
    return channel;
  }

  private void add(Level level, Range range, boolean lazy) throws ImageException {
    if (range.isPresent()) {
      add(
          new Extent(
              range.address(),
              range.lengthBytes(),
              level.pagesFile(),
              level.pages(),
              range.offsetBytes(),
              lazy));
    } else if (range.isInParent()) {
      addFromParent(level, range, lazy);
    } else {
      add(new Extent(range.address(), range.lengthBytes(), null, null, 0, lazy));
    }
  }

  /** One range here may be several there. */
  private void addFromParent(Level level, Range range, boolean lazy) throws ImageException {
    Level parent = level.parent();
    if (parent == null) throw noParent(level.file(), range);
    long at = range.address();
    List<Range> ranges = parent.map().ranges();
    for (int i = firstEndingAfter(ranges, at); i < ranges.size(); i++) {
      Range theirs = ranges.get(i);
      if (Long.compareUnsigned(theirs.address(), at) > 0 || at == range.end()) break;
      long end = theirs.end();
      if (Long.compareUnsigned(end, range.end()) > 0) end = range.end();
      long skipped = at - theirs.address();
      add(
          parent,
          new Range(at, end - at, theirs.flags(), theirs.offsetBytes() + skipped),
          lazy || theirs.isLazy());
      at = end;
    }
    if (at != range.end()) {
      throw new ImageException(
          parent.file(),
          -1,
          "no pages at 0x" + Long.toHexString(at),
          "those that " + level.file() + " leaves to its parent");
    }
  }

  private static int firstEndingAfter(List<Range> ranges, long address) {
    int low = 0;
    int high = ranges.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(ranges.get(middle).end(), address) > 0) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private void add(Extent next) {
    if (!extents.isEmpty()) {
      Extent last = extents.getLast();
      boolean continues =
          last.end() == next.address()
              && last.lazy() == next.lazy()
              && last.pages() == next.pages()
              && (next.pages() == null
                  || last.offsetBytes() + last.lengthBytes() == next.offsetBytes());
      if (continues) {
        extents.removeLast();
        next =
            new Extent(
                last.address(),
                last.lengthBytes() + next.lengthBytes(),
                last.file(),
                last.pages(),
                last.offsetBytes(),
                last.lazy());
      }
    }
    extents.add(next);
  }

  private static ImageException noParent(String file, Range range) {
    return new ImageException(
        file,
        -1,
        "pages at 0x" + Long.toHexString(range.address()) + " left to a parent",
        "the images of that parent, linked as " + ImageDirectory.PARENT);
  }

  /** All pages, ascending by address. */
  public List<Extent> extents() {
    return extents;
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (FileChannel channel : open) {
      try {
        channel.close();
      } catch (IOException e) {
        if (failure == null) failure = e;
        else failure.addSuppressed(e);
      }
    }
    if (failure != null) throw failure;
  }
}

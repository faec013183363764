package org.stasis.images;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.images.proto.PagemapEntry;
import org.stasis.images.proto.PagemapHead;

/**
 * Which pages of a task or of a shared object a dump has, and where: a pagemap image, checked, with
 * the forms of older writers made alike.
 *
 * @param pagesId of the {@link ImageKind#PAGES} file, unsigned
 * @param ranges ascending, without overlaps
 */
public record Pagemap(long pagesId, List<Range> ranges) {
  /** The content is in the parent's images. */
  public static final int PE_PARENT = 1;

  /** The content may be brought once the task touches it. */
  public static final int PE_LAZY = 2;

  /** The content is in the pages file. */
  public static final int PE_PRESENT = 4;

  /**
   * Pages in a row.
   *
   * @param address of the first byte: virtual, or an offset in a shared object; unsigned
   * @param lengthBytes a whole number of pages
   * @param flags {@link #PE_PARENT}, {@link #PE_LAZY}, {@link #PE_PRESENT}
   * @param offsetBytes where the content starts in the pages file, for {@link #PE_PRESENT}
   */
  public record Range(long address, long lengthBytes, int flags, long offsetBytes) {
    /** The address after the last byte. */
    public long end() {
      return address + lengthBytes;
    }

    /** Whether the content is in the pages file of this dump. */
    public boolean isPresent() {
      return (flags & PE_PRESENT) != 0;
    }

    /** Whether the content is in the images of the parent. */
    public boolean isInParent() {
      return (flags & PE_PARENT) != 0;
    }

    /** Whether the content may come later. */
    public boolean isLazy() {
      return (flags & PE_LAZY) != 0;
    }
  }

  /**
   * An entry to write, which readers of all ages understand: CRIU before 4.2 knows the number of
   * pages only as {@code compat_nr_pages}.
   *
   * @param address of the first byte: virtual, or an offset in a shared object; unsigned
   * @param pages in a row; of 4294967296 and more, those readers see none
   * @param flags {@link #PE_PARENT}, {@link #PE_LAZY}, {@link #PE_PRESENT}
   */
  public static PagemapEntry entry(long address, long pages, int flags) {
    boolean fits = pages >>> Integer.SIZE == 0;
    return PagemapEntry.newBuilder()
        .setVaddr(address)
        .setCompatNrPages(fits ? (int) pages : 0)
        .setFlags(flags)
        .setNrPages(pages)
        .build();
  }

  /** How many bytes the pages file must have for this map. */
  public long presentBytes() {
    for (Range range : ranges.reversed()) {
      if (range.isPresent()) return range.offsetBytes() + range.lengthBytes();
    }
    return 0;
  }

  /**
   * Reads one.
   *
   * @param kind {@link ImageKind#PAGEMAP} or {@link ImageKind#SHMEM_PAGEMAP}
   * @param id pid or id of the shared object
   * @param pageBytes size of a page where the dump was made
   * @return null when there is no such file
   * @throws ImageException when ranges are not in order, or not of whole pages
   */
  public static @Nullable Pagemap read(
      ImageDirectory directory, ImageKind kind, long id, int pageBytes) throws IOException {
    try (ImageReader reader = ImageReader.open(directory.file(kind, id), kind, null)) {
      PagemapHead head = reader.next(PagemapHead.parser());
      if (head == null) {
        throw new ImageException(
            reader.file(), reader.offsetBytes(), "the end of the file", "the head of a pagemap");
      }
      return new Pagemap(Integer.toUnsignedLong(head.getPagesId()), ranges(reader, pageBytes));
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private static List<Range> ranges(ImageReader reader, int pageBytes) throws IOException {
    List<Range> ranges = new ArrayList<>();
    long previousEnd = 0;
    long offset = 0;
    long at = reader.offsetBytes();
    for (PagemapEntry entry = reader.next(PagemapEntry.parser());
        entry != null;
        entry = reader.next(PagemapEntry.parser())) {
      Range range = range(entry, offset, pageBytes);
      long pages = pages(entry);
      boolean fits =
          Long.compareUnsigned(pages, Long.MAX_VALUE / pageBytes) <= 0
              && range.address() % pageBytes == 0
              && Long.compareUnsigned(range.address(), previousEnd) >= 0
              && Long.compareUnsigned(range.end(), range.address()) >= 0
              && offset + range.lengthBytes() >= 0;
      if (!fits) {
        throw new ImageException(
            reader.file(),
            at,
            Long.toUnsignedString(pages) + " pages at 0x" + Long.toHexString(range.address()),
            "whole pages from 0x" + Long.toHexString(previousEnd) + " on");
      }
      if (range.lengthBytes() > 0) ranges.add(range);
      if (range.isPresent()) offset += range.lengthBytes();
      previousEnd = range.end();
      at = reader.offsetBytes();
    }
    return ranges;
  }

  /** What older writers left out: flags, and the number of pages in its wide form. */
  private static Range range(PagemapEntry entry, long offset, int pageBytes) {
    int flags = entry.hasFlags() ? entry.getFlags() : PE_PRESENT;
    if (entry.getInParent()) flags = PE_PARENT;
    return new Range(entry.getVaddr(), pages(entry) * pageBytes, flags, offset);
  }

  private static long pages(PagemapEntry entry) {
    return entry.hasNrPages()
        ? entry.getNrPages()
        : Integer.toUnsignedLong(entry.getCompatNrPages());
  }
}

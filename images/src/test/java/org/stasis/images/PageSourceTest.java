package org.stasis.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stasis.images.PageSource.Extent;
import org.stasis.images.proto.PagemapEntry;
import org.stasis.images.proto.PagemapHead;

/** Pagemaps in these tests count addresses in pages, and fill a page with a letter. */
@DisplayName("The pages of a task")
class PageSourceTest {
  private static final int PAGE = 4096;
  private static final int PID = 7;

  @TempDir Path root;

  private static PagemapEntry range(long page, long count, int flags) {
    return Pagemap.entry(page * PAGE, count, flags);
  }

  private static PagemapEntry present(long page, long count) {
    return range(page, count, Pagemap.PE_PRESENT);
  }

  private static PagemapEntry inParent(long page, long count) {
    return range(page, count, Pagemap.PE_PARENT);
  }

  /** A dump: its pagemap, and one letter for each page of its pages file. */
  private ImageDirectory dump(String name, String pages, PagemapEntry... ranges)
      throws IOException {
    ImageDirectory directory = new ImageDirectory(Files.createDirectories(root.resolve(name)));
    try (ImageWriter writer =
        new ImageWriter(
            directory.file(ImageKind.PAGEMAP, PID), ImageKind.PAGEMAP, ImageVersion.V1_1)) {
      writer.write(PagemapHead.newBuilder().setPagesId(3).build());
      for (PagemapEntry range : ranges) writer.write(range);
    }
    StringBuilder content = new StringBuilder();
    pages.chars().forEach(letter -> content.repeat(letter, PAGE));
    Files.writeString(directory.file(ImageKind.PAGES, 3), content);
    return directory;
  }

  private void link(String child, String parent) throws IOException {
    Files.createSymbolicLink(root.resolve(child).resolve("parent"), Path.of("..", parent));
  }

  /** Extents as text: first page, letters of the pages. */
  private static List<String> pages(ImageDirectory directory) throws IOException {
    List<String> found = new ArrayList<>();
    try (PageSource source = PageSource.open(directory, ImageKind.PAGEMAP, PID, PAGE)) {
      assertThat(source).isNotNull();
      for (Extent extent : source.extents()) {
        StringBuilder letters = new StringBuilder();
        for (long at = 0; at < extent.lengthBytes(); at += PAGE) {
          letters.append(extent.pages() == null ? '?' : letter(extent, at));
        }
        found.add(extent.address() / PAGE + ":" + letters + (extent.lazy() ? " lazy" : ""));
      }
    }
    return found;
  }

  private static char letter(Extent extent, long at) throws IOException {
    ByteBuffer one = ByteBuffer.allocate(1);
    assertThat(extent.pages()).isNotNull();
    assertThat(extent.pages().read(one, extent.offsetBytes() + at)).isEqualTo(1);
    return (char) one.get(0);
  }

  @Test
  void areInTheOrderOfThePresentRanges() throws IOException {
    ImageDirectory dump = dump("a", "abcd", present(10, 2), present(20, 1), present(30, 1));
    assertThat(pages(dump)).containsExactly("10:ab", "20:c", "30:d");
  }

  @Test
  void areOneExtentWhereverTheyFollowEachOther() throws IOException {
    ImageDirectory dump = dump("a", "abcd", present(10, 2), present(12, 1), range(13, 1, 6));
    assertThat(pages(dump)).containsExactly("10:abc", "13:d lazy");
  }

  @Test
  void thatNoImageHasAreLeftToALazyServer() throws IOException {
    ImageDirectory dump = dump("a", "ab", present(10, 1), range(11, 2, 2), present(13, 1));
    assertThat(pages(dump)).containsExactly("10:a", "11:?? lazy", "13:b");
  }

  @Test
  void areFoundThroughAChainOfDumps() throws IOException {
    dump("1", "abcdefgh", present(0, 8));
    dump("2", "XY", inParent(0, 2), present(2, 2), inParent(4, 4));
    ImageDirectory last = dump("3", "Z", inParent(1, 2), present(3, 1), inParent(5, 2));
    link("3", "2");
    link("2", "1");
    assertThat(pages(last)).containsExactly("1:b", "2:X", "3:Z", "5:fg");
  }

  @Test
  void ofOldWritersAreFoundToo() throws IOException {
    dump("1", "abc", present(0, 3));
    PagemapEntry old =
        PagemapEntry.newBuilder().setVaddr(0).setCompatNrPages(2).setInParent(true).build();
    PagemapEntry here = PagemapEntry.newBuilder().setVaddr(2 * PAGE).setCompatNrPages(1).build();
    ImageDirectory dump = dump("2", "Z", old, here);
    link("2", "1");
    assertThat(pages(dump)).containsExactly("0:ab", "2:Z");
  }

  /** CRIU 4.1 reads this field alone: without it, it restores a task without any page. */
  @Test
  void areCountedForOldReadersToo() {
    assertThat(Pagemap.entry(0x1000, 3, Pagemap.PE_PRESENT).getCompatNrPages()).isEqualTo(3);
    assertThat(Pagemap.entry(0, 0xffffffffL, 4).getCompatNrPages()).isEqualTo(-1);
    PagemapEntry huge = Pagemap.entry(0, 1L << 32, Pagemap.PE_PRESENT);
    assertThat(huge.getCompatNrPages()).isZero();
    assertThat(huge.getNrPages()).isEqualTo(1L << 32);
  }

  @Test
  void areNoneWithoutAPagemap() throws IOException {
    assertThat(PageSource.open(new ImageDirectory(root), ImageKind.PAGEMAP, PID, PAGE)).isNull();
  }

  @Test
  void areMissedWhenTheirFileIsTooShort() throws IOException {
    ImageDirectory dump = dump("a", "ab", present(10, 2), present(20, 1));
    assertThatThrownBy(() -> pages(dump))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("pages-3.img, offset 8192")
        .hasMessageContaining("expected 12288 bytes of pages");
    Files.delete(dump.file(ImageKind.PAGES, 3));
    assertThatThrownBy(() -> pages(dump))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("pages-3.img: found no such file");
  }

  @Test
  void areMissedWhenTheParentLacksThem() throws IOException {
    dump("1", "abc", present(0, 2), present(3, 1));
    ImageDirectory dump = dump("2", "", inParent(1, 2));
    assertThatThrownBy(() -> pages(dump))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("the images of that parent");
    link("2", "1");
    assertThatThrownBy(() -> pages(dump))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("found no pages at 0x2000");
  }

  @Test
  void areNotLookedForInCircles() throws IOException {
    ImageDirectory dump = dump("1", "", inParent(0, 1));
    dump("2", "", inParent(0, 1));
    link("1", "2");
    link("2", "1");
    assertThatThrownBy(() -> pages(dump))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("its own parent");
  }

  @ParameterizedTest
  @CsvSource({
    "4096, 1, 4096, 1", // twice the same
    "8192, 2, 12288, 1", // overlapping
    "8192, 1, 4096, 1", // descending
    "4097, 1, 8192, 1", // between pages
    "0, 4503599627370497, 8192, 1", // more than there are addresses
    "0, -1, 8192, 1",
    "-4096, 2, 0, 1", // around the end
  })
  void areRefusedWhereTheirRangesCanNotBe(long first, long count, long second, long secondCount)
      throws IOException {
    ImageDirectory dump =
        dump(
            "a",
            "a",
            present(0, 0).toBuilder().setVaddr(first).setNrPages(count).build(),
            present(0, 0).toBuilder().setVaddr(second).setNrPages(secondCount).build());
    assertThatThrownBy(() -> pages(dump))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("pagemap-7.img, offset ")
        .hasMessageContaining("expected whole pages from 0x");
  }
}

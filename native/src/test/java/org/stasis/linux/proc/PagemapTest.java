package org.stasis.linux.proc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.stasis.linux.Errno;
import org.stasis.linux.KernelVersion;
import org.stasis.linux.Open;
import org.stasis.linux.PidFd;
import org.stasis.linux.Signal;
import org.stasis.linux.Specimen;
import org.stasis.linux.SyscallException;
import org.stasis.linux.Userfaultfd;

@DisplayName("Pages of a task")
class PagemapTest {
  private static final int PAGE = 4096;
  private static final long PRESENT = PageQuery.PAGE_IS_PRESENT;

  private Specimen specimen;
  private ProcFs proc;
  private ProcTask task;
  private Pagemap pagemap;

  @BeforeEach
  void start() throws IOException {
    specimen = Specimen.start("pages");
    proc = ProcFs.open();
    task = proc.task(specimen.pid());
    pagemap = Pagemap.open(task);
  }

  @AfterEach
  void end() throws IOException {
    pagemap.close();
    task.close();
    proc.close();
    specimen.close();
  }

  /** Ranges as "first-last:categories", in pages from the start. */
  private static List<String> describe(PageRegions regions, long start) {
    List<String> ranges = new ArrayList<>();
    for (int i = 0; i < regions.size(); i++) {
      ranges.add(
          (regions.start(i) - start) / PAGE
              + "-"
              + ((regions.end(i) - start) / PAGE - 1)
              + ":"
              + regions.categories(i));
    }
    return ranges;
  }

  @Test
  void withContentsAreFoundInRanges() throws IOException {
    long start = specimen.number(0);
    PageRegions regions = new PageRegions(100);
    long end = start + 12 * PAGE;
    assertThat(pagemap.scan(start, end, PageQuery.contents(), regions)).isEqualTo(end);
    assertThat(describe(regions, start)).containsExactly("0-3:8", "8-8:8", "10-10:8");
  }

  @Test
  void areFoundInSeveralStepsWhenThereIsLittleRoom() throws IOException {
    long start = specimen.number(0);
    long end = start + 64 * PAGE;
    PageRegions all = new PageRegions(100);
    assertThat(pagemap.scan(start, end, PageQuery.contents(), all)).isEqualTo(end);
    assertThat(all.size()).isEqualTo(29);
    PageRegions few = new PageRegions(3);
    List<String> found = new ArrayList<>();
    for (long at = start; at < end; ) {
      at = pagemap.scan(at, end, PageQuery.contents(), few);
      found.addAll(describe(few, start));
    }
    assertThat(found).isEqualTo(describe(all, start));
  }

  @Test
  void tellZeroesFilesAndHoles() throws IOException {
    long start = specimen.number(0);
    PageRegions regions = new PageRegions(10);
    long zero = PageQuery.PAGE_IS_PFNZERO;
    pagemap.scan(start, start + 8 * PAGE, new PageQuery(0, zero, 0, zero | PRESENT, 0), regions);
    assertThat(describe(regions, start)).containsExactly("4-5:" + (zero | PRESENT));
    pagemap.scan(start, start + 8 * PAGE, new PageQuery(PRESENT, PRESENT, 0, PRESENT, 0), regions);
    assertThat(describe(regions, start)).containsExactly("6-7:0");
    long shared = specimen.number(1);
    long file = PageQuery.PAGE_IS_FILE;
    pagemap.scan(shared, shared + 4 * PAGE, new PageQuery(0, file, 0, file, 0), regions);
    assertThat(describe(regions, shared)).containsExactly("0-0:" + file);
  }

  @Test
  void areTheSameWhenReadByEntry() throws IOException {
    long start = specimen.number(0);
    PageRegions scanned = new PageRegions(1000);
    PageRegions read = new PageRegions(1000);
    long known =
        PRESENT | PageQuery.PAGE_IS_SWAPPED | PageQuery.PAGE_IS_FILE | PageQuery.PAGE_IS_PFNZERO;
    for (MapEntry map : task.maps()) {
      if (map.start() < 0) {
        continue; // [vsyscall] is no memory of the task
      }
      for (PageQuery query : List.of(PageQuery.contents(), new PageQuery(0, 0, known, known, 0))) {
        long end = pagemap.scan(map.start(), map.end(), query, scanned);
        assertThat(pagemap.scanEntries(map.start(), map.end(), query, read)).isEqualTo(end);
        assertThat(describe(read, start)).as("%s", map).isEqualTo(describe(scanned, start));
      }
    }
    PageRegions few = new PageRegions(2);
    long next = pagemap.scanEntries(start, start + 64 * PAGE, PageQuery.contents(), few);
    assertThat(next).isEqualTo(start + 10 * PAGE);
    assertThat(describe(few, start)).containsExactly("0-3:8", "8-8:8");
    PageQuery protecting = new PageQuery(0, 0, PRESENT, 0, PageQuery.PM_SCAN_WP_MATCHING);
    assertThatThrownBy(() -> pagemap.scanEntries(start, start + PAGE, protecting, few))
        .matches(e -> ((SyscallException) e).is(Errno.EOPNOTSUPP));
  }

  @Test
  void areGuards() throws IOException {
    KernelVersion.need(6, 16, "telling guards");
    long start = specimen.number(0);
    PageRegions regions = new PageRegions(10);
    PageQuery guards = new PageQuery(0, PageQuery.PAGE_IS_GUARD, 0, 0, 0);
    pagemap.scan(start, start + 64 * PAGE, guards, regions);
    assertThat(describe(regions, start)).containsExactly("63-63:0");
    pagemap.scanEntries(start, start + 64 * PAGE, guards, regions);
    assertThat(describe(regions, start)).containsExactly("63-63:0");
  }

  @Test
  void thatWereWrittenToAreTracked() throws IOException {
    KernelVersion.need(6, 7, "asynchronous write protection");
    long start = specimen.number(0);
    long length = 8 * PAGE;
    try (PidFd pidfd = PidFd.open(specimen.pid(), 0);
        Userfaultfd uffd = Userfaultfd.of(pidfd.getFd((int) specimen.number(2)))) {
      long features =
          uffd.enable(Userfaultfd.UFFD_FEATURE_WP_ASYNC | Userfaultfd.UFFD_FEATURE_WP_UNPOPULATED);
      assertThat(features & Userfaultfd.UFFD_FEATURE_WP_ASYNC).isNotZero();
      uffd.register(start, length, Userfaultfd.UFFDIO_REGISTER_MODE_WP);
      uffd.writeProtect(start, length, true);
      PageRegions regions = new PageRegions(10);
      long written = PageQuery.PAGE_IS_WRITTEN;
      PageQuery dirty =
          new PageQuery(
              0,
              written,
              0,
              written,
              PageQuery.PM_SCAN_WP_MATCHING | PageQuery.PM_SCAN_CHECK_WPASYNC);
      pagemap.scan(start, start + length, dirty, regions);
      assertThat(regions.size()).isZero();
      pidfd.sendSignal(Signal.SIGUSR1);
      specimen.awaitLine("touched");
      pagemap.scan(start, start + length, dirty, regions);
      assertThat(describe(regions, start)).containsExactly("2-2:2", "6-6:2");
      pagemap.scan(start, start + length, dirty, regions);
      assertThat(regions.size()).as("protected again by the scan before").isZero();
      uffd.writeProtect(start, length, false);
      uffd.unregister(start, length);
      long shared = specimen.number(1);
      assertThatThrownBy(() -> pagemap.scan(shared, shared + PAGE, dirty, regions))
          .matches(e -> ((SyscallException) e).is(Errno.EPERM));
    }
  }

  @Test
  void canBeProtectedInThisProcessToo() throws IOException {
    try (Userfaultfd uffd = Userfaultfd.create(Open.O_CLOEXEC)) {
      assertThat(uffd.enable(0) & Userfaultfd.UFFD_FEATURE_PAGEFAULT_FLAG_WP).isNotZero();
      assertThatThrownBy(() -> uffd.register(0x1000, 123, Userfaultfd.UFFDIO_REGISTER_MODE_WP))
          .hasMessage("UFFDIO_REGISTER: EINVAL");
    }
  }
}

package org.stasis.engine.memory;

import java.util.ArrayList;
import java.util.List;
import org.stasis.images.proto.VmaEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.PagemapScan;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.SmapEntry;
import org.stasis.linux.proc.VmFlag;

/**
 * Guard pages of MADV_GUARD_INSTALL, madvise(2): faults without being mappings of their own. Images
 * keep them as entries behind all mappings.
 */
public final class Guards {
  private static final PagemapScan.Filter GUARDED =
      new PagemapScan.Filter(
          0, PagemapScan.PAGE_IS_GUARD, PagemapScan.PAGE_IS_GUARD, PagemapScan.PAGE_IS_GUARD);

  private Guards() {}

  /**
   * Looks for guard pages.
   *
   * @param pagemap {@code /proc/PID/pagemap}
   * @param smaps the task's mappings
   * @return entries, ascending
   * @throws SyscallException EINVAL when the kernel has guards but cannot show them
   */
  public static List<VmaEntry> capture(Fd pagemap, List<SmapEntry> smaps) throws SyscallException {
    List<VmaEntry> guards = new ArrayList<>();
    for (SmapEntry entry : smaps) {
      if (entry.has(VmFlag.GUARDED)) {
        PagemapScan.scan(
            pagemap,
            entry.map().start(),
            entry.map().end(),
            GUARDED,
            (start, end, _) -> guards.add(guard(start, end)));
      }
    }
    return guards;
  }

  private static VmaEntry guard(long start, long end) {
    return VmaEntry.newBuilder()
        .setStart(start)
        .setEnd(end)
        .setPgoff(0)
        .setShmid(0)
        .setProt(0)
        .setFlags(MmapFlags.MAP_PRIVATE | MmapFlags.MAP_ANONYMOUS)
        .setStatus(VmaStatus.GUARD)
        .setFd(-1)
        .build();
  }
}

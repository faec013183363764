package org.stasis.engine.memory;

import org.stasis.images.proto.VmaEntry;

/**
 * Guard pages of MADV_GUARD_INSTALL, madvise(2): faults without being mappings of their own. Images
 * keep them as entries behind all mappings.
 */
final class Guards {
  private Guards() {}

  /** What images say of guard pages in a row. */
  static VmaEntry entry(long start, long end) {
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

  static boolean isOne(VmaEntry vma) {
    return (vma.getStatus() & VmaStatus.GUARD) != 0;
  }
}

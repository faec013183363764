package org.stasis.engine.memory;

/** Flags of mmap(2) that images keep, and advice of madvise(2). */
final class MmapFlags {
  static final int PROT_READ = 1;
  static final int PROT_WRITE = 2;
  static final int PROT_EXEC = 4;
  static final int MAP_SHARED = 0x1;
  static final int MAP_PRIVATE = 0x2;
  static final int MAP_DROPPABLE = 0x8;
  static final int MAP_FIXED = 0x10;
  static final int MAP_ANONYMOUS = 0x20;
  static final int MAP_GROWSDOWN = 0x100;
  static final int MAP_LOCKED = 0x2000;
  static final int MAP_NORESERVE = 0x4000;
  static final int MAP_HUGETLB = 0x40000;
  static final int MAP_HUGE_SHIFT = 26;
  static final int MAP_HUGE_MASK = 0x3f << MAP_HUGE_SHIFT;

  static final int MADV_RANDOM = 1;
  static final int MADV_SEQUENTIAL = 2;
  static final int MADV_DONTNEED = 4;
  static final int MADV_DONTFORK = 10;
  static final int MADV_MERGEABLE = 12;
  static final int MADV_HUGEPAGE = 14;
  static final int MADV_NOHUGEPAGE = 15;
  static final int MADV_DONTDUMP = 16;
  static final int MADV_WIPEONFORK = 18;
  static final int MADV_GUARD_INSTALL = 102;

  private MmapFlags() {}
}

package org.stasis.engine.memory;

/** Bits of a vma entry's status, as images keep them. */
public final class VmaStatus {
  public static final int REGULAR = 0x1;
  public static final int VSYSCALL = 0x4;
  public static final int VDSO = 0x8;
  public static final int HEAP = 0x20;
  public static final int FILE_PRIVATE = 0x40;
  public static final int FILE_SHARED = 0x80;
  public static final int ANON_SHARED = 0x100;
  public static final int ANON_PRIVATE = 0x200;
  public static final int SYSVIPC = 0x400;
  public static final int SOCKET = 0x800;
  public static final int VVAR = 0x1000;
  public static final int AIORING = 0x2000;
  public static final int MEMFD = 0x4000;
  public static final int SHSTK = 0x8000;
  public static final int GUARD = 0x10000;
  public static final int UPROBES = 0x20000;
  public static final int EXT_PLUGIN = 0x08000000;

  private VmaStatus() {}
}

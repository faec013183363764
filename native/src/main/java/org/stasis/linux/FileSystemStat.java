package org.stasis.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import org.stasis.linux.foreign.Scratch;

/**
 * What statfs(2) tells about the file system of a file.
 *
 * @param type its magic number
 * @param blockSize in bytes; of hugetlbfs the size of its pages
 */
public record FileSystemStat(long type, long blockSize) {
  public static final long PROC_SUPER_MAGIC = 0x9fa0;
  public static final long HUGETLBFS_MAGIC = 0x958458f6L;
  public static final long TMPFS_MAGIC = 0x01021994;
  public static final long OVERLAYFS_SUPER_MAGIC = 0x794c7630;
  public static final long BTRFS_SUPER_MAGIC = 0x9123683eL;
  public static final long DEVPTS_SUPER_MAGIC = 0x1cd1;

  private static final int STATFS_BYTES = 120;

  /**
   * Asks about an open file.
   *
   * @param file any
   * @return the answer of fstatfs(2)
   * @throws SyscallException fstatfs(2)
   */
  public static FileSystemStat of(Fd file) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment buffer = scratch.allocate(STATFS_BYTES);
      Syscall.check(Syscall.raw(SyscallNumber.FSTATFS, file.number(), buffer.address()), "fstatfs");
      return new FileSystemStat(buffer.get(JAVA_LONG, 0), buffer.get(JAVA_LONG, Long.BYTES));
    }
  }
}

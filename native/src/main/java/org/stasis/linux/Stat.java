package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.foreign.Scratch;

/**
 * What statx(2) tells about a file.
 *
 * @param mode type and permissions
 * @param links how many names it has; 0 when it was removed
 * @param uid owner in the caller's user namespace
 * @param gid group in the caller's user namespace
 * @param inode its number on the device
 * @param size in bytes
 * @param blocks of 512 bytes that it occupies
 * @param blockSize preferred size for transfers, in bytes
 * @param device where it lies
 * @param represents the device that a device file stands for, else {@link Device#NONE}
 * @param mountId as in {@code /proc/PID/mountinfo}; 0 from kernels before 5.8
 * @param mountRoot whether it is the root of a mount
 * @param accessed last access
 * @param modified last change of the content
 * @param changed last change of the inode
 */
public record Stat(
    int mode,
    int links,
    int uid,
    int gid,
    long inode,
    long size,
    long blocks,
    int blockSize,
    Device device,
    Device represents,
    long mountId,
    boolean mountRoot,
    Time accessed,
    Time modified,
    Time changed) {
  public static final int S_IFMT = 0170000;
  public static final int S_IFSOCK = 0140000;
  public static final int S_IFLNK = 0120000;
  public static final int S_IFREG = 0100000;
  public static final int S_IFBLK = 0060000;
  public static final int S_IFDIR = 0040000;
  public static final int S_IFCHR = 0020000;
  public static final int S_IFIFO = 0010000;

  /** What statx(2) is to tell: everything that stat(2) tells. */
  public static final int STATX_BASIC_STATS = 0x7ff;

  private static final int STATX_MNT_ID = 0x1000;
  private static final long STATX_ATTR_MOUNT_ROOT = 0x2000;

  private static final StructLayout TIMESTAMP =
      structLayout(JAVA_LONG.withName("tv_sec"), JAVA_INT.withName("tv_nsec"), paddingLayout(4))
          .withName("struct statx_timestamp");

  /** {@code struct statx}. */
  static final StructLayout LAYOUT =
      structLayout(
              JAVA_INT.withName("stx_mask"),
              JAVA_INT.withName("stx_blksize"),
              JAVA_LONG.withName("stx_attributes"),
              JAVA_INT.withName("stx_nlink"),
              JAVA_INT.withName("stx_uid"),
              JAVA_INT.withName("stx_gid"),
              JAVA_SHORT.withName("stx_mode"),
              paddingLayout(2),
              JAVA_LONG.withName("stx_ino"),
              JAVA_LONG.withName("stx_size"),
              JAVA_LONG.withName("stx_blocks"),
              JAVA_LONG.withName("stx_attributes_mask"),
              TIMESTAMP.withName("stx_atime"),
              TIMESTAMP.withName("stx_btime"),
              TIMESTAMP.withName("stx_ctime"),
              TIMESTAMP.withName("stx_mtime"),
              JAVA_INT.withName("stx_rdev_major"),
              JAVA_INT.withName("stx_rdev_minor"),
              JAVA_INT.withName("stx_dev_major"),
              JAVA_INT.withName("stx_dev_minor"),
              JAVA_LONG.withName("stx_mnt_id"),
              paddingLayout(104))
          .withName("struct statx");

  /** How large the answer of statx(2) is. */
  public static final int BYTES = (int) LAYOUT.byteSize();

  /** Where in that answer type and permissions are, 16 bits. */
  public static final long MODE_OFFSET = LAYOUT.byteOffset(groupElement("stx_mode"));

  /** Where in that answer the size is, 64 bits. */
  public static final long SIZE_OFFSET = LAYOUT.byteOffset(groupElement("stx_size"));

  private static final long BLKSIZE = LAYOUT.byteOffset(groupElement("stx_blksize"));
  private static final long ATTRIBUTES = LAYOUT.byteOffset(groupElement("stx_attributes"));
  private static final long NLINK = LAYOUT.byteOffset(groupElement("stx_nlink"));
  private static final long UID = LAYOUT.byteOffset(groupElement("stx_uid"));
  private static final long GID = LAYOUT.byteOffset(groupElement("stx_gid"));
  private static final long INO = LAYOUT.byteOffset(groupElement("stx_ino"));
  private static final long BLOCKS = LAYOUT.byteOffset(groupElement("stx_blocks"));
  private static final long ATIME = LAYOUT.byteOffset(groupElement("stx_atime"));
  private static final long CTIME = LAYOUT.byteOffset(groupElement("stx_ctime"));
  private static final long MTIME = LAYOUT.byteOffset(groupElement("stx_mtime"));
  private static final long RDEV_MAJOR = LAYOUT.byteOffset(groupElement("stx_rdev_major"));
  private static final long RDEV_MINOR = LAYOUT.byteOffset(groupElement("stx_rdev_minor"));
  private static final long DEV_MAJOR = LAYOUT.byteOffset(groupElement("stx_dev_major"));
  private static final long DEV_MINOR = LAYOUT.byteOffset(groupElement("stx_dev_minor"));
  private static final long MNT_ID = LAYOUT.byteOffset(groupElement("stx_mnt_id"));
  private static final long SECONDS = TIMESTAMP.byteOffset(groupElement("tv_sec"));
  private static final long NANOS = TIMESTAMP.byteOffset(groupElement("tv_nsec"));

  /**
   * A point in time.
   *
   * @param seconds since 1970, UTC
   * @param nanos within the second
   */
  public record Time(long seconds, int nanos) {}

  /**
   * Asks about a path, following links.
   *
   * @param directory where a relative path starts; null for the working directory
   * @param path the file
   * @return the answer
   * @throws SyscallException statx(2)
   */
  public static Stat of(@Nullable Fd directory, String path) throws SyscallException {
    return at(Names.at(directory), path, 0);
  }

  /**
   * Asks about a path, not following a link it may be itself.
   *
   * @param directory where a relative path starts; null for the working directory
   * @param path the file
   * @return the answer
   * @throws SyscallException statx(2)
   */
  public static Stat ofLink(@Nullable Fd directory, String path) throws SyscallException {
    return at(Names.at(directory), path, Open.AT_SYMLINK_NOFOLLOW);
  }

  /**
   * What kind of file it is.
   *
   * @return one of the {@code S_IF} values
   */
  public int type() {
    return mode & S_IFMT;
  }

  static Stat at(int directory, String path, int flags) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment buffer = scratch.allocate(LAYOUT);
      long answer =
          Syscall.raw(
              SyscallNumber.STATX,
              directory,
              scratch.string(path).address(),
              flags,
              STATX_BASIC_STATS | STATX_MNT_ID,
              buffer.address(),
              0);
      if (answer < 0) {
        throw Syscall.failure(answer, path.isEmpty() ? "statx fd " + directory : "statx " + path);
      }
      return read(buffer);
    }
  }

  private static Stat read(MemorySegment buffer) {
    return new Stat(
        Short.toUnsignedInt(buffer.get(JAVA_SHORT, MODE_OFFSET)),
        buffer.get(JAVA_INT, NLINK),
        buffer.get(JAVA_INT, UID),
        buffer.get(JAVA_INT, GID),
        buffer.get(JAVA_LONG, INO),
        buffer.get(JAVA_LONG, SIZE_OFFSET),
        buffer.get(JAVA_LONG, BLOCKS),
        buffer.get(JAVA_INT, BLKSIZE),
        new Device(buffer.get(JAVA_INT, DEV_MAJOR), buffer.get(JAVA_INT, DEV_MINOR)),
        new Device(buffer.get(JAVA_INT, RDEV_MAJOR), buffer.get(JAVA_INT, RDEV_MINOR)),
        buffer.get(JAVA_LONG, MNT_ID),
        (buffer.get(JAVA_LONG, ATTRIBUTES) & STATX_ATTR_MOUNT_ROOT) != 0,
        time(buffer, ATIME),
        time(buffer, MTIME),
        time(buffer, CTIME));
  }

  private static Time time(MemorySegment buffer, long offset) {
    return new Time(buffer.get(JAVA_LONG, offset + SECONDS), buffer.get(JAVA_INT, offset + NANOS));
  }
}

package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import org.stasis.linux.foreign.Scratch;

/** Flags of open(2), openat2(2) and the calls named {@code …at}, as on x86-64. */
public final class Open {
  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;
  public static final int O_ACCMODE = 3;
  public static final int O_CREAT = 0100;
  public static final int O_EXCL = 0200;
  public static final int O_NOCTTY = 0400;
  public static final int O_TRUNC = 01000;
  public static final int O_APPEND = 02000;
  public static final int O_NONBLOCK = 04000;
  public static final int O_DSYNC = 010000;
  public static final int O_ASYNC = 020000;
  public static final int O_DIRECT = 040000;
  public static final int O_LARGEFILE = 0100000;
  public static final int O_DIRECTORY = 0200000;
  public static final int O_NOFOLLOW = 0400000;
  public static final int O_NOATIME = 01000000;
  public static final int O_CLOEXEC = 02000000;
  public static final int O_SYNC = 04010000;
  public static final int O_PATH = 010000000;
  public static final int O_TMPFILE = 020200000;

  /** In place of a directory descriptor: the caller's working directory. */
  public static final int AT_FDCWD = -100;

  public static final int AT_SYMLINK_NOFOLLOW = 0x100;
  public static final int AT_REMOVEDIR = 0x200;
  public static final int AT_SYMLINK_FOLLOW = 0x400;
  public static final int AT_NO_AUTOMOUNT = 0x800;
  public static final int AT_EMPTY_PATH = 0x1000;
  public static final int AT_RECURSIVE = 0x8000;

  public static final int RESOLVE_NO_XDEV = 0x01;
  public static final int RESOLVE_NO_MAGICLINKS = 0x02;
  public static final int RESOLVE_NO_SYMLINKS = 0x04;
  public static final int RESOLVE_BENEATH = 0x08;
  public static final int RESOLVE_IN_ROOT = 0x10;
  public static final int RESOLVE_CACHED = 0x20;

  /** {@code struct open_how} of openat2(2). */
  static final StructLayout HOW =
      structLayout(
              JAVA_LONG.withName("flags"),
              JAVA_LONG.withName("mode"),
              JAVA_LONG.withName("resolve"))
          .withName("struct open_how");

  private static final long HOW_FLAGS = HOW.byteOffset(groupElement("flags"));
  private static final long HOW_MODE = HOW.byteOffset(groupElement("mode"));
  private static final long HOW_RESOLVE = HOW.byteOffset(groupElement("resolve"));

  private Open() {}

  static int openat(int directory, String path, int flags, int mode) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long address = scratch.string(path).address();
      long answer;
      do {
        answer = Syscall.raw(SyscallNumber.OPENAT, directory, address, flags, mode);
      } while (answer == -Errno.EINTR.number()); // a FIFO or a slow device
      if (answer < 0) {
        throw Syscall.failure(answer, "openat " + path);
      }
      return (int) answer;
    }
  }

  static int openat2(int directory, String path, int flags, int mode, int resolve)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment how = scratch.allocate(HOW);
      how.set(JAVA_LONG, HOW_FLAGS, Integer.toUnsignedLong(flags));
      how.set(JAVA_LONG, HOW_MODE, mode);
      how.set(JAVA_LONG, HOW_RESOLVE, resolve);
      long address = scratch.string(path).address();
      long answer;
      do {
        answer =
            Syscall.raw(SyscallNumber.OPENAT2, directory, address, how.address(), HOW.byteSize());
      } while (answer == -Errno.EINTR.number());
      if (answer < 0) {
        throw Syscall.failure(answer, "openat2 " + path);
      }
      return (int) answer;
    }
  }
}

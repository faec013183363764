package org.stasis.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.foreign.Scratch;

/**
 * Names in directories: links, removal, creation without opening.
 *
 * <p>Each call takes the directory a relative path starts from; null stands for the working
 * directory.
 */
public final class Names {
  private static final int LINK_BYTES = 4096; // PATH_MAX; the kernel makes no longer ones

  private Names() {}

  /**
   * Reads a symbolic link, as readlinkat(2).
   *
   * @param directory where a relative path starts
   * @param path the link; empty for the link that {@code directory} itself is (opened with O_PATH)
   * @return what it says
   * @throws SyscallException EINVAL when it is no link
   */
  public static String readLink(@Nullable Fd directory, String path) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment target = scratch.allocateDirty(LINK_BYTES);
      long address = scratch.string(path).address();
      long answer =
          Syscall.raw(
              SyscallNumber.READLINKAT, at(directory), address, target.address(), LINK_BYTES);
      if (answer < 0) {
        throw Syscall.failure(answer, "readlinkat " + path);
      }
      byte[] bytes = new byte[(int) answer];
      MemorySegment.copy(target, JAVA_BYTE, 0, bytes, 0, bytes.length);
      return KernelString.decode(bytes);
    }
  }

  /**
   * Removes a name, as unlinkat(2).
   *
   * @param directory where a relative path starts
   * @param path the name
   * @param flags {@link Open#AT_REMOVEDIR} for an empty directory, else 0
   * @throws SyscallException unlinkat(2)
   */
  public static void unlink(@Nullable Fd directory, String path, int flags)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long address = scratch.string(path).address();
      done(Syscall.raw(SyscallNumber.UNLINKAT, at(directory), address, flags), "unlinkat ", path);
    }
  }

  /**
   * Makes a directory, as mkdirat(2).
   *
   * @param directory where a relative path starts
   * @param path the name
   * @param mode permissions; the umask applies
   * @throws SyscallException mkdirat(2)
   */
  public static void makeDirectory(@Nullable Fd directory, String path, int mode)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long address = scratch.string(path).address();
      done(Syscall.raw(SyscallNumber.MKDIRAT, at(directory), address, mode), "mkdirat ", path);
    }
  }

  /**
   * Makes a file of any type, as mknodat(2).
   *
   * @param directory where a relative path starts
   * @param path the name
   * @param mode type and permissions; the umask applies
   * @param device what a device file stands for, else {@link Device#NONE}
   * @throws SyscallException mknodat(2)
   */
  public static void makeNode(@Nullable Fd directory, String path, int mode, Device device)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long address = scratch.string(path).address();
      long answer =
          Syscall.raw(SyscallNumber.MKNODAT, at(directory), address, mode, device.userEncoding());
      done(answer, "mknodat ", path);
    }
  }

  /**
   * Makes a symbolic link, as symlinkat(2).
   *
   * @param target what it says
   * @param directory where a relative path starts
   * @param path the name
   * @throws SyscallException symlinkat(2)
   */
  public static void symlink(String target, @Nullable Fd directory, String path)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long says = scratch.string(target).address();
      long address = scratch.string(path).address();
      done(Syscall.raw(SyscallNumber.SYMLINKAT, says, at(directory), address), "symlinkat ", path);
    }
  }

  /**
   * Gives a file another name, as linkat(2).
   *
   * @param fromDirectory where a relative old path starts
   * @param from the file; empty with {@link Open#AT_EMPTY_PATH} for the open file itself
   * @param toDirectory where a relative new path starts
   * @param to the new name
   * @param flags {@code AT_EMPTY_PATH}, {@code AT_SYMLINK_FOLLOW}
   * @throws SyscallException linkat(2); ENOENT when the file has no name left
   */
  public static void link(
      @Nullable Fd fromDirectory, String from, @Nullable Fd toDirectory, String to, int flags)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long old = scratch.string(from).address();
      long name = scratch.string(to).address();
      long answer =
          Syscall.raw(
              SyscallNumber.LINKAT, at(fromDirectory), old, at(toDirectory), name, flags, 0);
      done(answer, "linkat ", to);
    }
  }

  /**
   * Renames, as renameat2(2).
   *
   * @param fromDirectory where a relative old path starts
   * @param from the old name
   * @param toDirectory where a relative new path starts
   * @param to the new name
   * @param flags 1 not to replace, 2 to exchange, 0 to replace
   * @throws SyscallException renameat2(2)
   */
  public static void rename(
      @Nullable Fd fromDirectory, String from, @Nullable Fd toDirectory, String to, int flags)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long old = scratch.string(from).address();
      long name = scratch.string(to).address();
      long answer =
          Syscall.raw(
              SyscallNumber.RENAMEAT2, at(fromDirectory), old, at(toDirectory), name, flags, 0);
      done(answer, "renameat2 ", from);
    }
  }

  /**
   * Changes the owner, as fchownat(2).
   *
   * @param directory where a relative path starts
   * @param path the file; empty with {@link Open#AT_EMPTY_PATH} for the open file itself
   * @param uid new owner, -1 to leave it
   * @param gid new group, -1 to leave it
   * @param flags {@code AT_EMPTY_PATH}, {@code AT_SYMLINK_NOFOLLOW}
   * @throws SyscallException fchownat(2)
   */
  public static void changeOwner(@Nullable Fd directory, String path, int uid, int gid, int flags)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long address = scratch.string(path).address();
      long answer = Syscall.raw(SyscallNumber.FCHOWNAT, at(directory), address, uid, gid, flags, 0);
      done(answer, "fchownat ", path);
    }
  }

  /**
   * Changes permissions, as fchmodat(2); links are followed.
   *
   * @param directory where a relative path starts
   * @param path the file
   * @param mode the new permissions
   * @throws SyscallException fchmodat(2)
   */
  public static void changeMode(@Nullable Fd directory, String path, int mode)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long address = scratch.string(path).address();
      done(Syscall.raw(SyscallNumber.FCHMODAT, at(directory), address, mode), "fchmodat ", path);
    }
  }

  /**
   * Sets when a file was last read and changed, as utimensat(2); a link is not followed.
   *
   * @param directory where a relative path starts
   * @param path the file
   * @param accessed when it was last read
   * @param modified when it was last changed
   * @throws SyscallException utimensat(2)
   */
  public static void changeTimes(
      @Nullable Fd directory, String path, Stat.Time accessed, Stat.Time modified)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment times = scratch.allocate(4L * Long.BYTES); // two of struct timespec
      times.setAtIndex(JAVA_LONG, 0, accessed.seconds());
      times.setAtIndex(JAVA_LONG, 1, accessed.nanos());
      times.setAtIndex(JAVA_LONG, 2, modified.seconds());
      times.setAtIndex(JAVA_LONG, 3, modified.nanos());
      long address = scratch.string(path).address();
      int flags = Open.AT_SYMLINK_NOFOLLOW;
      long answer =
          Syscall.raw(
              SyscallNumber.UTIMENSAT, at(directory), address, times.address(), flags, 0, 0);
      done(answer, "utimensat ", path);
    }
  }

  static int at(@Nullable Fd directory) {
    return directory == null ? Open.AT_FDCWD : directory.number();
  }

  private static void done(long answer, String call, String path) throws SyscallException {
    if (answer < 0) {
      throw Syscall.failure(answer, call + path);
    }
  }
}

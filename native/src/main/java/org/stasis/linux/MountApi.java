package org.stasis.linux;

import org.jspecify.annotations.Nullable;
import org.stasis.linux.foreign.Scratch;

/** The calls that change what the calling thread's mount namespace shows. */
public final class MountApi {
  public static final int OPEN_TREE_CLONE = 1;
  public static final int MNT_DETACH = 2;

  public static final long MS_REC = 0x4000;
  public static final long MS_PRIVATE = 1L << 18;

  private MountApi() {}

  /**
   * Opens a mount, or makes another one of what is seen at a path, as open_tree(2).
   *
   * @param directory where a relative path starts; null for the working directory
   * @param path empty with {@link Open#AT_EMPTY_PATH} for the directory itself
   * @param flags {@link #OPEN_TREE_CLONE} for another one, which goes with its last descriptor;
   *     {@link Open#AT_RECURSIVE} to include those below it
   * @return its root directory or file, as if opened with O_PATH; close-on-exec
   * @throws SyscallException open_tree(2)
   */
  public static Fd openTree(@Nullable Fd directory, String path, int flags)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long address = scratch.string(path).address();
      long answer =
          Syscall.raw(
              SyscallNumber.OPEN_TREE, Names.at(directory), address, flags | Open.O_CLOEXEC);
      if (answer < 0) {
        throw Syscall.failure(answer, "open_tree " + path);
      }
      return Fd.of((int) answer);
    }
  }

  /**
   * Takes a mount away, as umount2(2).
   *
   * @param path where it is
   * @param flags such as {@link #MNT_DETACH}
   * @throws SyscallException umount2(2)
   */
  public static void unmount(String path, int flags) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long address = scratch.string(path).address();
      long answer = Syscall.raw(SyscallNumber.UMOUNT2, address, flags);
      if (answer < 0) {
        throw Syscall.failure(answer, "umount2 " + path);
      }
    }
  }

  /**
   * Changes whom a mount shares with, as mount(2).
   *
   * @param path where it is
   * @param flags {@link #MS_PRIVATE} and the like, with {@link #MS_REC} for all below it too
   * @throws SyscallException mount(2)
   */
  public static void changePropagation(String path, long flags) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long address = scratch.string(path).address();
      long answer = Syscall.raw(SyscallNumber.MOUNT, 0, address, 0, flags, 0, 0);
      if (answer < 0) {
        throw Syscall.failure(answer, "mount " + path);
      }
    }
  }
}

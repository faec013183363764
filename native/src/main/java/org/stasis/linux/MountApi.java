package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.foreign.Scratch;

/** The calls that change what the calling thread's mount namespace shows. */
public final class MountApi {
  public static final long MS_RDONLY = 1;
  public static final long MS_NOSUID = 2;
  public static final long MS_NODEV = 4;
  public static final long MS_NOEXEC = 8;
  public static final long MS_SYNCHRONOUS = 16;
  public static final long MS_REMOUNT = 32;
  public static final long MS_MANDLOCK = 64;
  public static final long MS_DIRSYNC = 128;
  public static final long MS_NOSYMFOLLOW = 256;
  public static final long MS_NOATIME = 1024;
  public static final long MS_NODIRATIME = 2048;
  public static final long MS_BIND = 4096;
  public static final long MS_MOVE = 8192;
  public static final long MS_REC = 16384;
  public static final long MS_SILENT = 32768;
  public static final long MS_POSIXACL = 1 << 16;
  public static final long MS_UNBINDABLE = 1 << 17;
  public static final long MS_PRIVATE = 1 << 18;
  public static final long MS_SLAVE = 1 << 19;
  public static final long MS_SHARED = 1 << 20;
  public static final long MS_RELATIME = 1 << 21;
  public static final long MS_I_VERSION = 1 << 23;
  public static final long MS_STRICTATIME = 1 << 24;
  public static final long MS_LAZYTIME = 1 << 25;

  private static final int FSOPEN_CLOEXEC = 1;
  private static final int FSMOUNT_CLOEXEC = 1;
  private static final int FSCONFIG_CMD_CREATE = 6;

  public static final int MNT_FORCE = 1;
  public static final int MNT_DETACH = 2;
  public static final int MNT_EXPIRE = 4;
  public static final int UMOUNT_NOFOLLOW = 8;

  public static final int OPEN_TREE_CLONE = 1;

  public static final int MOVE_MOUNT_F_SYMLINKS = 0x001;
  public static final int MOVE_MOUNT_F_AUTOMOUNTS = 0x002;
  public static final int MOVE_MOUNT_F_EMPTY_PATH = 0x004;
  public static final int MOVE_MOUNT_T_SYMLINKS = 0x010;
  public static final int MOVE_MOUNT_T_AUTOMOUNTS = 0x020;
  public static final int MOVE_MOUNT_T_EMPTY_PATH = 0x040;

  /** Makes a mount a member of the target's peer group; Linux 5.15. */
  public static final int MOVE_MOUNT_SET_GROUP = 0x100;

  public static final int MOVE_MOUNT_BENEATH = 0x200;

  public static final long MOUNT_ATTR_RDONLY = 0x01;
  public static final long MOUNT_ATTR_NOSUID = 0x02;
  public static final long MOUNT_ATTR_NODEV = 0x04;
  public static final long MOUNT_ATTR_NOEXEC = 0x08;
  public static final long MOUNT_ATTR__ATIME = 0x70;
  public static final long MOUNT_ATTR_RELATIME = 0x00;
  public static final long MOUNT_ATTR_NOATIME = 0x10;
  public static final long MOUNT_ATTR_STRICTATIME = 0x20;
  public static final long MOUNT_ATTR_NODIRATIME = 0x80;
  public static final long MOUNT_ATTR_IDMAP = 0x100000;
  public static final long MOUNT_ATTR_NOSYMFOLLOW = 0x200000;

  /** {@code struct mount_attr} of mount_setattr(2). */
  static final StructLayout ATTRIBUTES =
      structLayout(
              JAVA_LONG.withName("attr_set"),
              JAVA_LONG.withName("attr_clr"),
              JAVA_LONG.withName("propagation"),
              JAVA_LONG.withName("userns_fd"))
          .withName("struct mount_attr");

  private static final long SET = ATTRIBUTES.byteOffset(groupElement("attr_set"));
  private static final long CLEAR = ATTRIBUTES.byteOffset(groupElement("attr_clr"));
  private static final long PROPAGATION = ATTRIBUTES.byteOffset(groupElement("propagation"));
  private static final long USERNS_FD = ATTRIBUTES.byteOffset(groupElement("userns_fd"));

  private MountApi() {}

  /**
   * Mounts, binds, moves or remounts, as mount(2).
   *
   * @param source what to mount; null where the flags need none
   * @param target where
   * @param type of the file system; null where the flags need none
   * @param flags {@code MS_} bits
   * @param data options of the file system; null for none
   * @throws SyscallException mount(2)
   */
  public static void mount(
      @Nullable String source,
      String target,
      @Nullable String type,
      long flags,
      @Nullable String data)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long answer =
          Syscall.raw(
              SyscallNumber.MOUNT,
              address(scratch, source),
              address(scratch, target),
              address(scratch, type),
              flags,
              address(scratch, data),
              0);
      if (answer < 0) {
        throw Syscall.failure(answer, "mount " + target);
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
    mount(null, path, null, flags, null);
  }

  /**
   * Takes a mount away, as umount2(2).
   *
   * @param path where it is
   * @param flags such as {@link #MNT_DETACH}
   * @throws SyscallException umount2(2); EBUSY while it is in use
   */
  public static void unmount(String path, int flags) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long answer = Syscall.raw(SyscallNumber.UMOUNT2, address(scratch, path), flags);
      if (answer < 0) {
        throw Syscall.failure(answer, "umount2 " + path);
      }
    }
  }

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
      long answer =
          Syscall.raw(
              SyscallNumber.OPEN_TREE,
              Names.at(directory),
              address(scratch, path),
              flags | Open.O_CLOEXEC);
      if (answer < 0) {
        throw Syscall.failure(answer, "open_tree " + path);
      }
      return Fd.of((int) answer);
    }
  }

  /**
   * Mounts a file system that needs no source and no options, as fsopen(2), fsconfig(2) and
   * fsmount(2). It shows nowhere, and goes with its last descriptor.
   *
   * @param type such as {@code mqueue}, then that of the calling thread's IPC namespace
   * @return its root directory, as if opened with O_PATH; close-on-exec
   * @throws SyscallException ENODEV when the kernel has no such type, EPERM without CAP_SYS_ADMIN
   */
  public static Fd mountDetached(String type) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long answer = Syscall.raw(SyscallNumber.FSOPEN, address(scratch, type), FSOPEN_CLOEXEC);
      if (answer < 0) {
        throw Syscall.failure(answer, "fsopen " + type);
      }
      try (Fd filesystem = Fd.of((int) answer)) {
        int fd = filesystem.number();
        answer = Syscall.raw(SyscallNumber.FSCONFIG, fd, FSCONFIG_CMD_CREATE, 0, 0, 0, 0);
        if (answer >= 0) {
          answer = Syscall.raw(SyscallNumber.FSMOUNT, fd, FSMOUNT_CLOEXEC, 0);
        }
        if (answer < 0) {
          throw Syscall.failure(answer, "fsmount " + type);
        }
        return Fd.of((int) answer);
      }
    }
  }

  /**
   * Puts a mount somewhere, as move_mount(2).
   *
   * @param fromDirectory where a relative old path starts; null for the working directory
   * @param from where it is; empty with {@code MOVE_MOUNT_F_EMPTY_PATH} for the descriptor's mount
   * @param toDirectory where a relative new path starts; null for the working directory
   * @param to where it shall be; empty with {@code MOVE_MOUNT_T_EMPTY_PATH} for the descriptor
   * @param flags {@code MOVE_MOUNT_} bits
   * @throws SyscallException move_mount(2)
   */
  public static void move(
      @Nullable Fd fromDirectory, String from, @Nullable Fd toDirectory, String to, int flags)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long answer =
          Syscall.raw(
              SyscallNumber.MOVE_MOUNT,
              Names.at(fromDirectory),
              address(scratch, from),
              Names.at(toDirectory),
              address(scratch, to),
              flags,
              0);
      if (answer < 0) {
        throw Syscall.failure(answer, "move_mount " + to);
      }
    }
  }

  /**
   * Changes what a mount allows, as mount_setattr(2).
   *
   * @param directory where a relative path starts; null for the working directory
   * @param path where it is; empty with {@link Open#AT_EMPTY_PATH} for the descriptor's mount
   * @param flags {@code AT_EMPTY_PATH}, {@link Open#AT_RECURSIVE}
   * @param set {@code MOUNT_ATTR_} bits to set
   * @param clear {@code MOUNT_ATTR_} bits to clear first; all of {@code MOUNT_ATTR__ATIME} to
   *     change how access times are kept
   * @param propagation {@code MS_SHARED} and the like; 0 to leave it
   * @param idMap the user namespace of {@code MOUNT_ATTR_IDMAP}, else null
   * @throws SyscallException mount_setattr(2)
   */
  public static void setAttributes(
      @Nullable Fd directory,
      String path,
      int flags,
      long set,
      long clear,
      long propagation,
      @Nullable Fd idMap)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment attributes = scratch.allocate(ATTRIBUTES);
      attributes.set(JAVA_LONG, SET, set);
      attributes.set(JAVA_LONG, CLEAR, clear);
      attributes.set(JAVA_LONG, PROPAGATION, propagation);
      attributes.set(JAVA_LONG, USERNS_FD, idMap == null ? 0 : idMap.number());
      long answer =
          Syscall.raw(
              SyscallNumber.MOUNT_SETATTR,
              Names.at(directory),
              address(scratch, path),
              flags,
              attributes.address(),
              ATTRIBUTES.byteSize(),
              0);
      if (answer < 0) {
        throw Syscall.failure(answer, "mount_setattr " + path);
      }
    }
  }

  /**
   * Changes the root mount of the namespace, as pivot_root(2), for all threads that have the old
   * one as their root or working directory.
   *
   * @param newRoot a mount that becomes the root
   * @param putOld where the old root goes, at or below the new one
   * @throws SyscallException pivot_root(2); EINVAL where a mount concerned is shared
   */
  public static void pivotRoot(String newRoot, String putOld) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long answer =
          Syscall.raw(
              SyscallNumber.PIVOT_ROOT, address(scratch, newRoot), address(scratch, putOld));
      if (answer < 0) {
        throw Syscall.failure(answer, "pivot_root " + newRoot);
      }
    }
  }

  private static long address(Scratch scratch, @Nullable String text) {
    return text == null ? 0 : scratch.string(text).address();
  }
}

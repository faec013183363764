package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.foreign.Scratch;

/**
 * A file known by what its file system calls it, whatever its names, open_by_handle_at(2).
 *
 * @param type what the file system calls this form of handle
 * @param handle its bytes
 */
@SuppressWarnings("ArrayRecordComponent") // bytes on their way to the kernel; nobody compares them
public record FileHandle(int type, byte[] handle) {
  private static final int AT_HANDLE_FID = 0x200; // Linux 6.5: also where none can be opened
  private static final int MAX_HANDLE_BYTES = 128; // MAX_HANDLE_SZ

  /** {@code struct file_handle}; the handle follows. */
  static final StructLayout LAYOUT =
      structLayout(
              JAVA_INT.withName("handle_bytes"),
              JAVA_INT.withName("handle_type"),
              sequenceLayout(0, JAVA_BYTE).withName("f_handle"))
          .withName("struct file_handle");

  private static final long LENGTH = LAYOUT.byteOffset(groupElement("handle_bytes"));
  private static final long TYPE = LAYOUT.byteOffset(groupElement("handle_type"));
  private static final long HANDLE = LAYOUT.byteOffset(groupElement("f_handle"));

  /**
   * Asks for a file's handle, as name_to_handle_at(2).
   *
   * @param directory where a relative path starts; null for the working directory
   * @param path the file; empty with {@link Open#AT_EMPTY_PATH} for the open file itself
   * @param flags {@code AT_EMPTY_PATH}, {@code AT_SYMLINK_FOLLOW}
   * @return its handle
   * @throws SyscallException EOPNOTSUPP when its file system has no handles
   */
  public static FileHandle of(@Nullable Fd directory, String path, int flags)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment memory = scratch.allocate(HANDLE + MAX_HANDLE_BYTES);
      memory.set(JAVA_INT, LENGTH, MAX_HANDLE_BYTES);
      long answer =
          Syscall.raw(
              SyscallNumber.NAME_TO_HANDLE_AT,
              Names.at(directory),
              scratch.string(path).address(),
              memory.address(),
              scratch.allocate(JAVA_INT).address(),
              flags,
              0);
      if (answer < 0) {
        throw Syscall.failure(answer, "name_to_handle_at " + path);
      }
      int length = memory.get(JAVA_INT, LENGTH);
      return new FileHandle(
          memory.get(JAVA_INT, TYPE), memory.asSlice(HANDLE, length).toArray(JAVA_BYTE));
    }
  }

  /**
   * Whether a path leads to this file, or to one of the same handle on another file system.
   *
   * @param directory where a relative path starts; null for the working directory
   * @param path the path, whose last link is not followed; empty for {@code directory} itself
   * @return false also where nothing is found
   * @throws SyscallException when it cannot be looked at
   */
  public boolean leadsTo(@Nullable Fd directory, String path) throws SyscallException {
    try {
      FileHandle found =
          of(directory, path, AT_HANDLE_FID | (path.isEmpty() ? Open.AT_EMPTY_PATH : 0));
      return found.type == type && Arrays.equals(found.handle, handle);
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)
          || e.is(Errno.ENOTDIR)
          || e.is(Errno.EOPNOTSUPP)
          || e.is(Errno.EINVAL)
          || e.is(Errno.EACCES)) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Opens the file.
   *
   * @param mount any file of its file system, on the mount it shall be opened through; opened
   *     without {@code O_PATH}. Null for the mount of the working directory
   * @param flags {@code O_} flags
   * @return the file
   * @throws SyscallException ESTALE when it is gone, EPERM without CAP_DAC_READ_SEARCH
   */
  public Fd open(@Nullable Fd mount, int flags) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment memory = scratch.allocate(HANDLE + handle.length);
      memory.set(JAVA_INT, LENGTH, handle.length);
      memory.set(JAVA_INT, TYPE, type);
      MemorySegment.copy(handle, 0, memory, JAVA_BYTE, HANDLE, handle.length);
      long answer =
          Syscall.raw(SyscallNumber.OPEN_BY_HANDLE_AT, Names.at(mount), memory.address(), flags);
      return Fd.of((int) Syscall.check(answer, "open_by_handle_at"));
    }
  }
}

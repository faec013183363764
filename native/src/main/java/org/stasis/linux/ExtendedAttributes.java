package org.stasis.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.stasis.linux.foreign.Scratch;

/**
 * Extended attributes of files, xattr(7): capabilities, access control lists, labels. A symbolic
 * link is not followed but has attributes of its own.
 */
public final class ExtendedAttributes {
  private static final int VALUE_BYTES = 64 << 10; // XATTR_SIZE_MAX, and XATTR_LIST_MAX

  private ExtendedAttributes() {}

  /**
   * The names of a file's attributes, as llistxattr(2).
   *
   * @param directory where the file is
   * @param name of the file; {@code "."} for the directory itself
   * @return the names, with their namespaces: {@code security.capability}; none where the file
   *     system has no attributes
   * @throws SyscallException llistxattr(2)
   */
  public static List<String> list(Fd directory, String name) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long path = path(scratch, directory, name);
      long size = Syscall.raw(SyscallNumber.LLISTXATTR, path, 0, 0, 0);
      if (size == 0 || size == -Errno.EOPNOTSUPP.number()) {
        return List.of();
      }
      MemorySegment names = scratch.allocateDirty(VALUE_BYTES);
      long length = Syscall.raw(SyscallNumber.LLISTXATTR, path, names.address(), VALUE_BYTES);
      if (length < 0) {
        throw Syscall.failure(length, "llistxattr " + name);
      }
      List<String> found = new ArrayList<>();
      for (long at = 0; at < length; ) {
        String each = KernelString.decode(names.asSlice(0, length), at);
        found.add(each);
        at += KernelString.encode(each).length + 1L;
      }
      return found;
    }
  }

  /**
   * The value of an attribute, as lgetxattr(2).
   *
   * @param directory where the file is
   * @param name of the file; {@code "."} for the directory itself
   * @param attribute its name
   * @return its value
   * @throws SyscallException lgetxattr(2); ENODATA when there is none of that name
   */
  public static byte[] get(Fd directory, String name, String attribute) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long path = path(scratch, directory, name);
      long attributeName = scratch.string(attribute).address();
      MemorySegment value = scratch.allocateDirty(VALUE_BYTES);
      long length =
          Syscall.raw(SyscallNumber.LGETXATTR, path, attributeName, value.address(), VALUE_BYTES);
      if (length < 0) {
        throw Syscall.failure(length, "lgetxattr " + name + " " + attribute);
      }
      byte[] bytes = new byte[(int) length];
      MemorySegment.copy(value, JAVA_BYTE, 0, bytes, 0, bytes.length);
      return bytes;
    }
  }

  /**
   * Sets an attribute, as lsetxattr(2).
   *
   * @param directory where the file is
   * @param name of the file; {@code "."} for the directory itself
   * @param attribute its name
   * @param value its new value
   * @throws SyscallException lsetxattr(2); EOPNOTSUPP where the file system has no such attributes
   */
  public static void set(Fd directory, String name, String attribute, byte[] value)
      throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long path = path(scratch, directory, name);
      long attributeName = scratch.string(attribute).address();
      long bytes = scratch.bytes(value).address();
      long answer =
          Syscall.raw(SyscallNumber.LSETXATTR, path, attributeName, bytes, value.length, 0, 0);
      if (answer < 0) {
        throw Syscall.failure(answer, "lsetxattr " + name + " " + attribute);
      }
    }
  }

  /** The calls that take a directory are too young (Linux 6.13), so the path goes through it. */
  private static long path(Scratch scratch, Fd directory, String name) {
    return scratch.string("/proc/self/fd/" + directory.number() + "/" + name).address();
  }
}

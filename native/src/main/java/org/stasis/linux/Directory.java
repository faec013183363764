package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.stasis.linux.foreign.Scratch;

/** The names in a directory, getdents64(2). */
public final class Directory {
  public static final int DT_UNKNOWN = 0;
  public static final int DT_FIFO = 1;
  public static final int DT_CHR = 2;
  public static final int DT_DIR = 4;
  public static final int DT_BLK = 6;
  public static final int DT_REG = 8;
  public static final int DT_LNK = 10;
  public static final int DT_SOCK = 12;

  /** {@code struct dirent64}; the kernel's entries end after the name. */
  static final StructLayout LAYOUT =
      structLayout(
              JAVA_LONG.withName("d_ino"),
              JAVA_LONG.withName("d_off"),
              JAVA_SHORT.withName("d_reclen"),
              JAVA_BYTE.withName("d_type"),
              sequenceLayout(256, JAVA_BYTE).withName("d_name"),
              paddingLayout(5))
          .withName("struct dirent64");

  private static final long INODE = LAYOUT.byteOffset(groupElement("d_ino"));
  private static final long LENGTH = LAYOUT.byteOffset(groupElement("d_reclen"));
  private static final long TYPE = LAYOUT.byteOffset(groupElement("d_type"));
  private static final long NAME = LAYOUT.byteOffset(groupElement("d_name"));
  private static final int BUFFER_BYTES = 16 << 10;

  private Directory() {}

  /**
   * One name.
   *
   * @param name within the directory
   * @param inode what it leads to; that of the directory below when something is mounted on it
   * @param type a {@code DT_} value
   */
  public record Entry(String name, long inode, int type) {}

  /**
   * Reads all names but {@code .} and {@code ..}, from the start of the directory.
   *
   * @param directory opened for reading
   * @return the names, in the order of the file system
   * @throws SyscallException getdents64(2)
   */
  public static List<Entry> list(Fd directory) throws SyscallException {
    List<Entry> entries = new ArrayList<>();
    directory.seek(0, 0);
    try (Scratch scratch = Scratch.open()) {
      MemorySegment buffer = scratch.allocateDirty(BUFFER_BYTES);
      for (long filled; (filled = fill(directory, buffer)) > 0; ) {
        for (long at = 0; at < filled; at += length(buffer, at)) {
          String name = KernelString.decode(buffer, at + NAME);
          if (!name.equals(".") && !name.equals("..")) {
            entries.add(
                new Entry(
                    name, buffer.get(JAVA_LONG, at + INODE), buffer.get(JAVA_BYTE, at + TYPE)));
          }
        }
      }
    }
    return entries;
  }

  /**
   * Reads the names that are numbers, from the start of the directory: pids, threads, descriptors.
   *
   * @param directory opened for reading
   * @return the numbers, in the order of the file system
   * @throws SyscallException getdents64(2)
   */
  public static int[] numbers(Fd directory) throws SyscallException {
    int[] numbers = new int[16];
    int count = 0;
    directory.seek(0, 0);
    try (Scratch scratch = Scratch.open()) {
      MemorySegment buffer = scratch.allocateDirty(BUFFER_BYTES);
      for (long filled; (filled = fill(directory, buffer)) > 0; ) {
        for (long at = 0; at < filled; at += length(buffer, at)) {
          int number = number(buffer, at + NAME);
          if (number >= 0) {
            if (count == numbers.length) {
              numbers = Arrays.copyOf(numbers, 2 * count);
            }
            numbers[count++] = number;
          }
        }
      }
    }
    return Arrays.copyOf(numbers, count);
  }

  private static long fill(Fd directory, MemorySegment buffer) throws SyscallException {
    long answer =
        Syscall.raw(SyscallNumber.GETDENTS64, directory.number(), buffer.address(), BUFFER_BYTES);
    return Syscall.check(answer, "getdents64");
  }

  private static int length(MemorySegment buffer, long at) {
    return Short.toUnsignedInt(buffer.get(JAVA_SHORT, at + LENGTH));
  }

  /** The number that a name is, -1 when it is none. */
  private static int number(MemorySegment buffer, long at) {
    int number = 0;
    for (long i = at; ; i++) {
      byte digit = buffer.get(JAVA_BYTE, i);
      if (digit == 0) {
        return i == at ? -1 : number;
      }
      if (digit < '0' || digit > '9' || number > Integer.MAX_VALUE / 10 - 1) {
        return -1;
      }
      number = number * 10 + (digit - '0');
    }
  }
}

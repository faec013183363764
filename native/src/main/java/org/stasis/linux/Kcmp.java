package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import org.stasis.linux.foreign.Scratch;

/**
 * Whether two tasks share a kernel object, kcmp(2).
 *
 * <p>The order is total and stays the same until reboot, so objects can be sorted by it.
 */
public final class Kcmp {
  /** {@code struct kcmp_epoll_slot}. */
  static final StructLayout SLOT =
      structLayout(JAVA_INT.withName("efd"), JAVA_INT.withName("tfd"), JAVA_INT.withName("toff"))
          .withName("struct kcmp_epoll_slot");

  private static final long SLOT_EFD = SLOT.byteOffset(groupElement("efd"));
  private static final long SLOT_TFD = SLOT.byteOffset(groupElement("tfd"));
  private static final long SLOT_TOFF = SLOT.byteOffset(groupElement("toff"));
  private static final int KCMP_FILE = 0;
  private static final int KCMP_EPOLL_TFD = 7;

  private Kcmp() {}

  /** What can be shared by tasks as a whole. */
  public enum Type {
    VM(1),
    FILES(2),
    FS(3),
    SIGHAND(4),
    IO(5),
    SYSVSEM(6);

    private final int number;

    Type(int number) {
      this.number = number;
    }
  }

  /**
   * Compares something that tasks have one of.
   *
   * @param pid1 a task
   * @param pid2 another
   * @param type what to compare
   * @return 0 when it is the same object, else negative or positive
   * @throws SyscallException ESRCH, EPERM
   */
  public static int compare(int pid1, int pid2, Type type) throws SyscallException {
    return order(Syscall.raw(SyscallNumber.KCMP, pid1, pid2, type.number, 0, 0, 0), pid1, pid2);
  }

  /**
   * Compares the open files behind two descriptors.
   *
   * @param pid1 a task
   * @param fd1 its descriptor
   * @param pid2 a task
   * @param fd2 its descriptor
   * @return 0 when it is the same open file, else negative or positive
   * @throws SyscallException ESRCH, EPERM, EBADF
   */
  public static int compareFiles(int pid1, int fd1, int pid2, int fd2) throws SyscallException {
    return order(Syscall.raw(SyscallNumber.KCMP, pid1, pid2, KCMP_FILE, fd1, fd2, 0), pid1, pid2);
  }

  /**
   * Compares an open file with one that an epoll descriptor watches.
   *
   * @param pid1 a task
   * @param fd1 its descriptor
   * @param pid2 a task
   * @param epollFd its epoll descriptor
   * @param targetFd the number under which the file was added
   * @param index which of several that were added under this number
   * @return 0 when it is the same open file, else negative or positive
   * @throws SyscallException ESRCH, EPERM, EBADF, ENOENT when nothing is watched so
   */
  public static int compareEpollTarget(
      int pid1, int fd1, int pid2, int epollFd, int targetFd, int index) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment slot = scratch.allocate(SLOT);
      slot.set(JAVA_INT, SLOT_EFD, epollFd);
      slot.set(JAVA_INT, SLOT_TFD, targetFd);
      slot.set(JAVA_INT, SLOT_TOFF, index);
      long answer =
          Syscall.raw(SyscallNumber.KCMP, pid1, pid2, KCMP_EPOLL_TFD, fd1, slot.address(), 0);
      return order(answer, pid1, pid2);
    }
  }

  /** The kernel says 0 equal, 1 less, 2 greater, 3 unequal without an order. */
  private static int order(long answer, int pid1, int pid2) throws SyscallException {
    if (answer < 0) {
      throw Syscall.failure(answer, "kcmp " + pid1 + " " + pid2);
    }
    return answer == 1 ? -1 : (int) answer;
  }
}

package org.stasis.linux;

import org.stasis.linux.foreign.Scratch;

/** Files that live in memory and have no name, memfd_create(2). */
public final class Memfd {
  public static final int MFD_CLOEXEC = 1;
  public static final int MFD_ALLOW_SEALING = 2;
  public static final int MFD_HUGETLB = 4;
  public static final int MFD_NOEXEC_SEAL = 8;
  public static final int MFD_EXEC = 16;

  public static final int F_SEAL_SEAL = 1;
  public static final int F_SEAL_SHRINK = 2;
  public static final int F_SEAL_GROW = 4;
  public static final int F_SEAL_WRITE = 8;
  public static final int F_SEAL_FUTURE_WRITE = 16;
  public static final int F_SEAL_EXEC = 32;

  private Memfd() {}

  /**
   * Makes an empty file.
   *
   * @param name shown in {@code /proc/PID/fd} after {@code memfd:}; need not be unique
   * @param flags {@code MFD_} flags
   * @return its descriptor
   * @throws SyscallException EINVAL for a flag the kernel does not know
   */
  public static Fd create(String name, int flags) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      long answer = Syscall.raw(SyscallNumber.MEMFD_CREATE, scratch.string(name).address(), flags);
      return Fd.of((int) Syscall.check(answer, "memfd_create"));
    }
  }
}

package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.nio.charset.StandardCharsets;
import org.stasis.linux.foreign.Scratch;

/**
 * A resource limit, prlimit(2).
 *
 * @param soft what is enforced; unsigned, {@link #INFINITY} for none
 * @param hard how far an unprivileged task may raise the soft one; unsigned
 */
public record ResourceLimit(long soft, long hard) {
  /** No limit. */
  public static final long INFINITY = -1;

  /** How many resources there are, {@code RLIM_NLIMITS}. */
  public static final int COUNT = 16;

  public static final int RLIMIT_CPU = 0;
  public static final int RLIMIT_FSIZE = 1;
  public static final int RLIMIT_DATA = 2;
  public static final int RLIMIT_STACK = 3;
  public static final int RLIMIT_CORE = 4;
  public static final int RLIMIT_RSS = 5;
  public static final int RLIMIT_NPROC = 6;
  public static final int RLIMIT_NOFILE = 7;
  public static final int RLIMIT_MEMLOCK = 8;
  public static final int RLIMIT_AS = 9;
  public static final int RLIMIT_LOCKS = 10;
  public static final int RLIMIT_SIGPENDING = 11;
  public static final int RLIMIT_MSGQUEUE = 12;
  public static final int RLIMIT_NICE = 13;
  public static final int RLIMIT_RTPRIO = 14;
  public static final int RLIMIT_RTTIME = 15;

  /** {@code struct rlimit64}. */
  static final StructLayout LAYOUT =
      structLayout(JAVA_LONG.withName("rlim_cur"), JAVA_LONG.withName("rlim_max"))
          .withName("struct rlimit64");

  private static final String NR_OPEN = "/proc/sys/fs/nr_open";
  private static final long SOFT = LAYOUT.byteOffset(groupElement("rlim_cur"));
  private static final long HARD = LAYOUT.byteOffset(groupElement("rlim_max"));

  /**
   * Asks for a limit.
   *
   * @param pid the process; 0 for the calling one
   * @param resource {@code RLIMIT_} value
   * @return the limit
   * @throws SyscallException EPERM for another user's task without CAP_SYS_RESOURCE, ESRCH
   */
  public static ResourceLimit get(int pid, int resource) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment limit = scratch.allocate(LAYOUT);
      check(Syscall.raw(SyscallNumber.PRLIMIT64, pid, resource, 0, limit.address()), pid);
      return new ResourceLimit(limit.get(JAVA_LONG, SOFT), limit.get(JAVA_LONG, HARD));
    }
  }

  /**
   * How high the limit of descriptors can be raised at all, {@code
   * Documentation/admin-guide/sysctl/fs.rst}, nr_open.
   *
   * @return the highest hard limit
   * @throws SyscallException when proc is not mounted
   */
  public static long mostDescriptors() throws SyscallException {
    try (Fd file = Fd.open(NR_OPEN, Open.O_RDONLY | Open.O_CLOEXEC)) {
      byte[] text = new byte[32];
      int length = file.read(text, 0, text.length);
      return Long.parseLong(new String(text, 0, length, StandardCharsets.US_ASCII).strip());
    }
  }

  /**
   * Sets this limit.
   *
   * @param pid the process; 0 for the calling one
   * @param resource {@code RLIMIT_} value
   * @throws SyscallException EPERM when the hard limit would rise without CAP_SYS_RESOURCE, ESRCH
   */
  public void set(int pid, int resource) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment limit = scratch.allocate(LAYOUT);
      limit.set(JAVA_LONG, SOFT, soft);
      limit.set(JAVA_LONG, HARD, hard);
      check(Syscall.raw(SyscallNumber.PRLIMIT64, pid, resource, limit.address(), 0), pid);
    }
  }

  private static void check(long answer, int pid) throws SyscallException {
    if (answer < 0) {
      throw Syscall.failure(answer, "prlimit64 " + pid);
    }
  }
}

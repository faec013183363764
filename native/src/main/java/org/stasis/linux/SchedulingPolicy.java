package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import org.stasis.linux.foreign.Scratch;

/**
 * How a thread is scheduled, {@code struct sched_attr} of sched_setattr(2).
 *
 * @param policy {@code SCHED_} value
 * @param flags {@code SCHED_FLAG_} bits
 * @param nice -20 to 19
 * @param priority 1 to 99 for the real-time policies, else 0
 * @param runtimeNanos of SCHED_DEADLINE; for others the time slice asked for, 0 for the default
 * @param deadlineNanos of SCHED_DEADLINE
 * @param periodNanos of SCHED_DEADLINE
 * @param utilMin least performance hinted at, 0 to 1024
 * @param utilMax most performance hinted at, 0 to 1024
 */
public record SchedulingPolicy(
    int policy,
    long flags,
    int nice,
    int priority,
    long runtimeNanos,
    long deadlineNanos,
    long periodNanos,
    int utilMin,
    int utilMax) {
  public static final int SCHED_OTHER = 0;
  public static final int SCHED_FIFO = 1;
  public static final int SCHED_RR = 2;
  public static final int SCHED_BATCH = 3;
  public static final int SCHED_IDLE = 5;
  public static final int SCHED_DEADLINE = 6;
  public static final int SCHED_EXT = 7;

  public static final int SCHED_FLAG_RESET_ON_FORK = 0x01;
  public static final int SCHED_FLAG_RECLAIM = 0x02;
  public static final int SCHED_FLAG_DL_OVERRUN = 0x04;
  public static final int SCHED_FLAG_KEEP_POLICY = 0x08;
  public static final int SCHED_FLAG_KEEP_PARAMS = 0x10;
  public static final int SCHED_FLAG_UTIL_CLAMP_MIN = 0x20;
  public static final int SCHED_FLAG_UTIL_CLAMP_MAX = 0x40;

  /** {@code struct sched_attr}, as of Linux 5.3. */
  static final StructLayout LAYOUT =
      structLayout(
              JAVA_INT.withName("size"),
              JAVA_INT.withName("sched_policy"),
              JAVA_LONG.withName("sched_flags"),
              JAVA_INT.withName("sched_nice"),
              JAVA_INT.withName("sched_priority"),
              JAVA_LONG.withName("sched_runtime"),
              JAVA_LONG.withName("sched_deadline"),
              JAVA_LONG.withName("sched_period"),
              JAVA_INT.withName("sched_util_min"),
              JAVA_INT.withName("sched_util_max"))
          .withName("struct sched_attr");

  private static final long SIZE = LAYOUT.byteOffset(groupElement("size"));
  private static final long POLICY = LAYOUT.byteOffset(groupElement("sched_policy"));
  private static final long FLAGS = LAYOUT.byteOffset(groupElement("sched_flags"));
  private static final long NICE = LAYOUT.byteOffset(groupElement("sched_nice"));
  private static final long PRIORITY = LAYOUT.byteOffset(groupElement("sched_priority"));
  private static final long RUNTIME = LAYOUT.byteOffset(groupElement("sched_runtime"));
  private static final long DEADLINE = LAYOUT.byteOffset(groupElement("sched_deadline"));
  private static final long PERIOD = LAYOUT.byteOffset(groupElement("sched_period"));
  private static final long UTIL_MIN = LAYOUT.byteOffset(groupElement("sched_util_min"));
  private static final long UTIL_MAX = LAYOUT.byteOffset(groupElement("sched_util_max"));
  private static final int AFFINITY_BYTES = 8192 / 8; // NR_CPUS of the largest kernels

  /**
   * Asks how a thread is scheduled.
   *
   * @param tid the thread; 0 for the calling one
   * @return the answer of sched_getattr(2)
   * @throws SyscallException ESRCH
   */
  public static SchedulingPolicy get(int tid) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment attr = scratch.allocate(LAYOUT);
      long answer =
          Syscall.raw(SyscallNumber.SCHED_GETATTR, tid, attr.address(), LAYOUT.byteSize(), 0);
      if (answer < 0) {
        throw Syscall.failure(answer, "sched_getattr " + tid);
      }
      return new SchedulingPolicy(
          attr.get(JAVA_INT, POLICY),
          attr.get(JAVA_LONG, FLAGS),
          attr.get(JAVA_INT, NICE),
          attr.get(JAVA_INT, PRIORITY),
          attr.get(JAVA_LONG, RUNTIME),
          attr.get(JAVA_LONG, DEADLINE),
          attr.get(JAVA_LONG, PERIOD),
          attr.get(JAVA_INT, UTIL_MIN),
          attr.get(JAVA_INT, UTIL_MAX));
    }
  }

  /**
   * Sets how a thread is scheduled, sched_setattr(2).
   *
   * @param tid the thread; 0 for the calling one
   * @throws SyscallException EPERM, EBUSY when a deadline can't be promised, EINVAL
   */
  public void set(int tid) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment attr = scratch.allocate(LAYOUT);
      attr.set(JAVA_INT, SIZE, (int) LAYOUT.byteSize());
      attr.set(JAVA_INT, POLICY, policy);
      attr.set(JAVA_LONG, FLAGS, flags);
      attr.set(JAVA_INT, NICE, nice);
      attr.set(JAVA_INT, PRIORITY, priority);
      attr.set(JAVA_LONG, RUNTIME, runtimeNanos);
      attr.set(JAVA_LONG, DEADLINE, deadlineNanos);
      attr.set(JAVA_LONG, PERIOD, periodNanos);
      attr.set(JAVA_INT, UTIL_MIN, utilMin);
      attr.set(JAVA_INT, UTIL_MAX, utilMax);
      long answer = Syscall.raw(SyscallNumber.SCHED_SETATTR, tid, attr.address(), 0);
      if (answer < 0) {
        throw Syscall.failure(answer, "sched_setattr " + tid);
      }
    }
  }

  /**
   * On which processors a thread may run, sched_getaffinity(2).
   *
   * @param tid the thread; 0 for the calling one
   * @return a bit per processor, lowest first, as many bytes as the kernel's masks have
   * @throws SyscallException ESRCH
   */
  public static byte[] getAffinity(int tid) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment mask = scratch.allocate(AFFINITY_BYTES);
      long answer =
          Syscall.raw(SyscallNumber.SCHED_GETAFFINITY, tid, AFFINITY_BYTES, mask.address());
      if (answer < 0) {
        throw Syscall.failure(answer, "sched_getaffinity " + tid);
      }
      return mask.asSlice(0, answer).toArray(JAVA_BYTE);
    }
  }

  /**
   * Nice value of a process, a group or a user, getpriority(2).
   *
   * @param which 0 a thread, 1 a process group, 2 a user
   * @param who its id; 0 for the caller's
   * @return -20 to 19, the best when there are several
   * @throws SyscallException ESRCH
   */
  public static int getNice(int which, int who) throws SyscallException {
    long answer = Syscall.raw(SyscallNumber.GETPRIORITY, which, who);
    if (answer < 0) {
      throw Syscall.failure(answer, "getpriority " + who);
    }
    return 20 - (int) answer; // the kernel answers 1 to 40, to keep clear of errors
  }
}

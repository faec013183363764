package org.stasis.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import org.stasis.linux.foreign.Scratch;

/** At which point of a system call a tracee is stopped, PTRACE_GET_SYSCALL_INFO of ptrace(2). */
public sealed interface SyscallStop {
  /**
   * About to make a system call.
   *
   * @param arch {@code AUDIT_ARCH_} value
   * @param number the call's number there
   * @param arguments six of them
   */
  @SuppressWarnings("ArrayRecordComponent") // looked at, never compared
  record Entry(int arch, long number, long[] arguments) implements SyscallStop {}

  /**
   * Back from a system call.
   *
   * @param result what it returned, or a negated error number
   * @param error whether it failed
   */
  record Exit(long result, boolean error) implements SyscallStop {}

  /**
   * Stopped by a filter before a system call.
   *
   * @param arch {@code AUDIT_ARCH_} value
   * @param number the call's number there
   * @param arguments six of them
   * @param data what the filter said
   */
  @SuppressWarnings("ArrayRecordComponent") // looked at, never compared
  record Seccomp(int arch, long number, long[] arguments, int data) implements SyscallStop {}

  /** Stopped somewhere else. */
  record None() implements SyscallStop {}

  /**
   * Asks for it.
   *
   * @param tid a stopped tracee of the calling thread
   * @return the answer
   * @throws SyscallException ESRCH; EIO from kernels before 5.3
   */
  static SyscallStop of(int tid) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment info = scratch.allocate(SyscallInfo.LAYOUT);
      Ptrace.call(
          Ptrace.GET_SYSCALL_INFO,
          tid,
          SyscallInfo.LAYOUT.byteSize(),
          info.address(),
          "GET_SYSCALL_INFO");
      int arch = info.get(JAVA_INT, SyscallInfo.ARCH);
      return switch (info.get(JAVA_BYTE, SyscallInfo.OP)) {
        case 1 -> new Entry(arch, info.get(JAVA_LONG, SyscallInfo.NR), arguments(info));
        case 2 ->
            new Exit(
                info.get(JAVA_LONG, SyscallInfo.RVAL),
                info.get(JAVA_BYTE, SyscallInfo.IS_ERROR) != 0);
        case 3 ->
            new Seccomp(
                arch,
                info.get(JAVA_LONG, SyscallInfo.NR),
                arguments(info),
                info.get(JAVA_INT, SyscallInfo.RET_DATA));
        default -> new None();
      };
    }
  }

  private static long[] arguments(MemorySegment info) {
    return info.asSlice(SyscallInfo.ARGS, 6L * Long.BYTES).toArray(JAVA_LONG);
  }
}

package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import org.stasis.linux.foreign.Scratch;

/**
 * A thread's wish to handle its system calls itself, PR_SET_SYSCALL_USER_DISPATCH of prctl(2).
 *
 * @param mode 0 off, 1 on
 * @param selector address of the byte that allows or blocks
 * @param offset first address from which calls always pass
 * @param length of that range, in bytes
 */
public record SyscallUserDispatch(long mode, long selector, long offset, long length) {
  /** {@code struct ptrace_sud_config}. */
  static final StructLayout LAYOUT =
      structLayout(
              JAVA_LONG.withName("mode"),
              JAVA_LONG.withName("selector"),
              JAVA_LONG.withName("offset"),
              JAVA_LONG.withName("len"))
          .withName("struct ptrace_sud_config");

  private static final long MODE = LAYOUT.byteOffset(groupElement("mode"));
  private static final long SELECTOR = LAYOUT.byteOffset(groupElement("selector"));
  private static final long OFFSET = LAYOUT.byteOffset(groupElement("offset"));
  private static final long LENGTH = LAYOUT.byteOffset(groupElement("len"));

  /**
   * Asks for it.
   *
   * @param tid a stopped tracee of the calling thread
   * @return the answer
   * @throws SyscallException ESRCH; EIO from kernels before 6.4 and other architectures
   */
  public static SyscallUserDispatch of(int tid) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment memory = scratch.allocate(LAYOUT);
      Ptrace.call(
          Ptrace.GET_SYSCALL_USER_DISPATCH_CONFIG,
          tid,
          LAYOUT.byteSize(),
          memory.address(),
          "GET_SYSCALL_USER_DISPATCH_CONFIG");
      return new SyscallUserDispatch(
          memory.get(JAVA_LONG, MODE),
          memory.get(JAVA_LONG, SELECTOR),
          memory.get(JAVA_LONG, OFFSET),
          memory.get(JAVA_LONG, LENGTH));
    }
  }
}

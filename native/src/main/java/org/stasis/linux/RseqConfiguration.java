package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import org.stasis.linux.foreign.Scratch;

/**
 * A thread's registration for restartable sequences, rseq(2).
 *
 * @param pointer address of its {@code struct rseq}; 0 when it has not registered
 * @param size of that structure, in bytes
 * @param signature what precedes its abort handlers
 * @param flags of the registration
 */
public record RseqConfiguration(long pointer, int size, int signature, int flags) {
  /** {@code struct ptrace_rseq_configuration}. */
  static final StructLayout LAYOUT =
      structLayout(
              JAVA_LONG.withName("rseq_abi_pointer"),
              JAVA_INT.withName("rseq_abi_size"),
              JAVA_INT.withName("signature"),
              JAVA_INT.withName("flags"),
              JAVA_INT.withName("pad"))
          .withName("struct ptrace_rseq_configuration");

  private static final long POINTER = LAYOUT.byteOffset(groupElement("rseq_abi_pointer"));
  private static final long SIZE = LAYOUT.byteOffset(groupElement("rseq_abi_size"));
  private static final long SIGNATURE = LAYOUT.byteOffset(groupElement("signature"));
  private static final long FLAGS = LAYOUT.byteOffset(groupElement("flags"));

  /**
   * Asks for the registration.
   *
   * @param tid a stopped tracee of the calling thread
   * @return the registration
   * @throws SyscallException ESRCH; EIO from a kernel without rseq or older than 5.13
   */
  public static RseqConfiguration of(int tid) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment memory = scratch.allocate(LAYOUT);
      Ptrace.call(
          Ptrace.GET_RSEQ_CONFIGURATION,
          tid,
          LAYOUT.byteSize(),
          memory.address(),
          "GET_RSEQ_CONFIGURATION");
      return new RseqConfiguration(
          memory.get(JAVA_LONG, POINTER),
          memory.get(JAVA_INT, SIZE),
          memory.get(JAVA_INT, SIGNATURE),
          memory.get(JAVA_INT, FLAGS));
    }
  }
}

package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.stasis.linux.foreign.Scratch;

/**
 * One of the seccomp(2) filters of a thread.
 *
 * @param program {@code struct sock_filter[]}: 8 bytes an instruction
 * @param flags {@code SECCOMP_FILTER_FLAG_} bits that stay with a filter: LOG (2) and, in kernels
 *     that tell, others
 */
@SuppressWarnings("ArrayRecordComponent") // bytes on their way to an image; nobody compares them
public record SeccompFilter(byte[] program, long flags) {
  private static final int INSTRUCTION_BYTES = 8;

  /** {@code struct seccomp_metadata}. */
  static final StructLayout METADATA =
      structLayout(JAVA_LONG.withName("filter_off"), JAVA_LONG.withName("flags"))
          .withName("struct seccomp_metadata");

  private static final int RETURN_CONSTANT = 0x06; // BPF_RET | BPF_K
  private static final int ACTION = 0xffff0000;
  private static final int USER_NOTIF = 0x7fc00000; // SECCOMP_RET_USER_NOTIF

  private static final long FILTER_OFF = METADATA.byteOffset(groupElement("filter_off"));
  private static final long FLAGS = METADATA.byteOffset(groupElement("flags"));

  /**
   * Reads the filters of a thread that is in filter mode.
   *
   * @param tid a stopped tracee of the calling thread
   * @return the filters in the order of their installation
   * @throws SyscallException EINVAL when it is not in filter mode, EACCES when the caller lacks
   *     CAP_SYS_ADMIN or is confined itself
   */
  public static List<SeccompFilter> all(int tid) throws SyscallException {
    List<SeccompFilter> filters = new ArrayList<>();
    while (true) {
      long count = raw(Ptrace.SECCOMP_GET_FILTER, tid, filters.size(), 0);
      if (count == -Errno.ENOENT.number()) {
        return filters;
      }
      check(count, tid);
      filters.add(read(tid, filters.size(), (int) count));
    }
  }

  /**
   * Whether it lets somebody else decide on a call, who holds its listener.
   *
   * @return true when an instruction returns SECCOMP_RET_USER_NOTIF
   */
  public boolean notifies() {
    ByteBuffer instructions = ByteBuffer.wrap(program).order(ByteOrder.nativeOrder());
    for (int at = 0; at + INSTRUCTION_BYTES <= program.length; at += INSTRUCTION_BYTES) {
      if (instructions.getShort(at) == RETURN_CONSTANT
          && (instructions.getInt(at + 4) & ACTION) == USER_NOTIF) {
        return true;
      }
    }
    return false;
  }

  private static SeccompFilter read(int tid, int index, int count) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment program = scratch.allocateDirty((long) count * INSTRUCTION_BYTES);
      check(raw(Ptrace.SECCOMP_GET_FILTER, tid, index, program.address()), tid);
      MemorySegment metadata = scratch.allocate(METADATA);
      metadata.set(JAVA_LONG, FILTER_OFF, index);
      check(raw(Ptrace.SECCOMP_GET_METADATA, tid, METADATA.byteSize(), metadata.address()), tid);
      return new SeccompFilter(program.toArray(JAVA_BYTE), metadata.get(JAVA_LONG, FLAGS));
    }
  }

  private static long raw(int request, int tid, long address, long data) {
    return Syscall.raw(SyscallNumber.PTRACE, request, tid, address, data);
  }

  private static void check(long answer, int tid) throws SyscallException {
    if (answer < 0) {
      throw Syscall.failure(answer, "ptrace SECCOMP_GET_FILTER " + tid);
    }
  }
}

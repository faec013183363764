package org.stasis.linux;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/**
 * Copies memory from and to another task, process_vm_readv(2).
 *
 * <p>Needs the right to trace the task, which need not be stopped. Page protection counts as for
 * the task itself: what it can't read or write isn't copied; ptrace or {@code /proc/PID/mem} can.
 */
public final class ProcessVm {
  private static final ThreadLocal<Ends> ENDS = ThreadLocal.withInitial(Ends::new);

  private ProcessVm() {}

  /**
   * Copies a range of another task.
   *
   * @param pid in the caller's pid namespace
   * @param address first byte, a virtual address of that task
   * @param into destination, native memory; its size is how much is asked for
   * @return bytes copied; fewer than asked when the range runs into memory that can't be read
   * @throws SyscallException EFAULT when not even the first byte could be, EPERM without the right
   *     to trace, ESRCH when the task is gone
   */
  public static long read(int pid, long address, MemorySegment into) throws SyscallException {
    return single(SyscallNumber.PROCESS_VM_READV, pid, address, into);
  }

  /**
   * Copies a range of another task, all of it.
   *
   * @param pid in the caller's pid namespace
   * @param address first byte, a virtual address of that task
   * @param into destination, native memory
   * @throws SyscallException as {@link #read}; EFAULT also when only part could be copied
   */
  public static void readFully(int pid, long address, MemorySegment into) throws SyscallException {
    for (long done = 0; done < into.byteSize(); ) {
      done += read(pid, address + done, into.asSlice(done));
    }
  }

  /**
   * Copies to a range of another task.
   *
   * @param pid in the caller's pid namespace
   * @param address first byte, a virtual address of that task
   * @param from what to copy, native memory
   * @return bytes copied; fewer when the range runs into memory that can't be written
   * @throws SyscallException as {@link #read}
   */
  public static long write(int pid, long address, MemorySegment from) throws SyscallException {
    return single(SyscallNumber.PROCESS_VM_WRITEV, pid, address, from);
  }

  /**
   * Copies to a range of another task, all of it.
   *
   * @param pid in the caller's pid namespace
   * @param address first byte, a virtual address of that task
   * @param from what to copy, native memory
   * @throws SyscallException as {@link #read}; EFAULT also when only part could be copied
   */
  public static void writeFully(int pid, long address, MemorySegment from) throws SyscallException {
    for (long done = 0; done < from.byteSize(); ) {
      done += write(pid, address + done, from.asSlice(done));
    }
  }

  /**
   * Gathers ranges of another task into one piece of memory, one after the other.
   *
   * @param pid in the caller's pid namespace
   * @param ranges of that task
   * @param into destination, native memory of at least {@link IoVector#bytes}
   * @return bytes copied; fewer than asked when a range runs into memory that can't be read, or
   *     beyond 2 GiB. {@link IoVector#advance} then tells where to go on.
   * @throws SyscallException as {@link #read}
   */
  public static long gather(int pid, IoVector ranges, MemorySegment into) throws SyscallException {
    return vectored(SyscallNumber.PROCESS_VM_READV, pid, ranges, into);
  }

  /**
   * Scatters one piece of memory to ranges of another task.
   *
   * @param pid in the caller's pid namespace
   * @param from what to copy, native memory of at least {@link IoVector#bytes}
   * @param ranges of that task
   * @return bytes copied, as {@link #gather}
   * @throws SyscallException as {@link #read}
   */
  public static long scatter(int pid, MemorySegment from, IoVector ranges) throws SyscallException {
    return vectored(SyscallNumber.PROCESS_VM_WRITEV, pid, ranges, from);
  }

  private static long single(int call, int pid, long address, MemorySegment memory)
      throws SyscallException {
    IoVector remote = ENDS.get().remote;
    remote.clear();
    remote.add(address, memory.byteSize());
    return vectored(call, pid, remote, memory);
  }

  private static long vectored(int call, int pid, IoVector ranges, MemorySegment memory)
      throws SyscallException {
    if (memory.byteSize() < ranges.bytes()) {
      throw new IllegalArgumentException(
          ranges.bytes() + " bytes of ranges, " + memory.byteSize() + " bytes of memory");
    }
    IoVector local = ENDS.get().local;
    local.clear();
    local.add(Syscall.address(memory), ranges.bytes());
    try {
      long answer = Syscall.raw(call, pid, local.address(), 1, ranges.address(), ranges.size(), 0);
      if (answer < 0) {
        String name = call == SyscallNumber.PROCESS_VM_READV ? "readv" : "writev";
        String first = Long.toHexString(ranges.base(0));
        throw Syscall.failure(answer, "process_vm_" + name + " pid " + pid + " at 0x" + first);
      }
      return answer;
    } finally {
      Reference.reachabilityFence(memory);
      Reference.reachabilityFence(ranges);
    }
  }

  private static final class Ends {
    private final IoVector local = new IoVector(1);
    private final IoVector remote = new IoVector(1);
  }
}

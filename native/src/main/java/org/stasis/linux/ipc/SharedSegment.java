package org.stasis.linux.ipc;

import java.lang.foreign.MemorySegment;
import org.stasis.linux.Syscall;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.foreign.Scratch;

/** A segment of shared memory, attached to this process until it is closed; shmop(2). */
public final class SharedSegment implements AutoCloseable {
  public static final int SHM_HUGETLB = 04000;
  public static final int SHM_NORESERVE = 010000;

  /** In a mode: it goes when nobody is attached any more. */
  public static final int SHM_DEST = 01000;

  private static final int SHM_RDONLY = 010000;
  private static final long STRUCT_BYTES = 112; // struct shmid64_ds, beginning with permissions

  private final MemorySegment memory;

  private SharedSegment(MemorySegment memory) {
    this.memory = memory;
  }

  /**
   * Makes a segment, shmget(2).
   *
   * @param key 0 for one without
   * @param bytes its size
   * @param flags {@code IPC_} and {@code SHM_} flags and a mode
   * @return its id
   * @throws SyscallException shmget(2)
   */
  public static int make(int key, long bytes, int flags) throws SyscallException {
    return (int) Syscall.check(Syscall.raw(SyscallNumber.SHMGET, key, bytes, flags), "shmget");
  }

  /**
   * Gives a segment to somebody, shmctl(2).
   *
   * @param id the segment
   * @param uid its owner
   * @param gid its group
   * @param mode permissions
   * @throws SyscallException shmctl(2)
   */
  public static void set(int id, int uid, int gid, int mode) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment struct = scratch.allocate(STRUCT_BYTES);
      Ipc.set(struct, uid, gid, mode);
      Syscall.check(Syscall.raw(SyscallNumber.SHMCTL, id, Ipc.IPC_SET, struct.address()), "shmctl");
    }
  }

  /**
   * Removes a segment, once nobody is attached, shmctl(2).
   *
   * @param id the segment
   * @throws SyscallException shmctl(2)
   */
  public static void remove(int id) throws SyscallException {
    Syscall.check(Syscall.raw(SyscallNumber.SHMCTL, id, Ipc.IPC_RMID, 0), "shmctl");
  }

  /**
   * Attaches a segment.
   *
   * @param id the segment
   * @param bytes its size
   * @param readOnly whether it is only to be read
   * @return the segment
   * @throws SyscallException shmat(2)
   */
  public static SharedSegment attach(int id, long bytes, boolean readOnly) throws SyscallException {
    long address =
        Syscall.check(Syscall.raw(SyscallNumber.SHMAT, id, 0, readOnly ? SHM_RDONLY : 0), "shmat");
    return new SharedSegment(MemorySegment.ofAddress(address).reinterpret(bytes));
  }

  /**
   * Its bytes.
   *
   * @return valid until this is closed
   */
  public MemorySegment memory() {
    return memory;
  }

  @Override
  public void close() throws SyscallException {
    Syscall.check(Syscall.raw(SyscallNumber.SHMDT, memory.address()), "shmdt");
  }
}

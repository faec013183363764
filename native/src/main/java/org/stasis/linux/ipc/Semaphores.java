package org.stasis.linux.ipc;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import org.stasis.linux.Syscall;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.foreign.Scratch;

/** Sets of semaphores, semctl(2). */
public final class Semaphores {
  private static final int GETALL = 13;
  private static final int SETALL = 17;
  private static final long STRUCT_BYTES = 104; // struct semid64_ds, beginning with permissions

  private Semaphores() {}

  /**
   * Makes a set, semget(2).
   *
   * @param key 0 for one without
   * @param count how many semaphores
   * @param flags {@code IPC_} flags and a mode
   * @return its id
   * @throws SyscallException semget(2)
   */
  public static int make(int key, int count, int flags) throws SyscallException {
    return (int) Syscall.check(Syscall.raw(SyscallNumber.SEMGET, key, count, flags), "semget");
  }

  /**
   * Gives a set to somebody.
   *
   * @param id the set
   * @param uid its owner
   * @param gid its group
   * @param mode permissions
   * @throws SyscallException semctl(2)
   */
  public static void set(int id, int uid, int gid, int mode) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment struct = scratch.allocate(STRUCT_BYTES);
      Ipc.set(struct, uid, gid, mode);
      Syscall.check(
          Syscall.raw(SyscallNumber.SEMCTL, id, 0, Ipc.IPC_SET, struct.address()), "semctl");
    }
  }

  /**
   * The values of a set.
   *
   * @param id the set
   * @param count how many semaphores it has
   * @return each value
   * @throws SyscallException semctl(2)
   */
  public static short[] values(int id, int count) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment values = scratch.allocate(Short.BYTES * (long) count);
      Syscall.check(Syscall.raw(SyscallNumber.SEMCTL, id, 0, GETALL, values.address()), "semctl");
      return values.toArray(JAVA_SHORT);
    }
  }

  /**
   * Sets the values of a set.
   *
   * @param id the set
   * @param values one for each semaphore
   * @throws SyscallException semctl(2)
   */
  public static void setValues(int id, short[] values) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment memory = scratch.allocate(Short.BYTES * (long) values.length);
      MemorySegment.copy(values, 0, memory, JAVA_SHORT, 0, values.length);
      Syscall.check(Syscall.raw(SyscallNumber.SEMCTL, id, 0, SETALL, memory.address()), "semctl");
    }
  }
}

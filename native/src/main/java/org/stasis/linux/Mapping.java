package org.stasis.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Memory of this process mapped with mmap(2), unmapped when closed.
 *
 * <p>Several threads may use it. Touching the memory after {@link #close} throws
 * IllegalStateException; a system call that was handed its address is not protected so.
 */
public final class Mapping implements AutoCloseable {
  public static final int PROT_NONE = 0;
  public static final int PROT_READ = 1;
  public static final int PROT_WRITE = 2;
  public static final int PROT_EXEC = 4;

  public static final int MAP_SHARED = 0x01;
  public static final int MAP_PRIVATE = 0x02;
  public static final int MAP_SHARED_VALIDATE = 0x03;
  public static final int MAP_DROPPABLE = 0x08;
  public static final int MAP_FIXED = 0x10;
  public static final int MAP_ANONYMOUS = 0x20;
  public static final int MAP_32BIT = 0x40;
  public static final int MAP_GROWSDOWN = 0x0100;
  public static final int MAP_LOCKED = 0x2000;
  public static final int MAP_NORESERVE = 0x4000;
  public static final int MAP_POPULATE = 0x8000;
  public static final int MAP_STACK = 0x20000;
  public static final int MAP_HUGETLB = 0x40000;
  public static final int MAP_SYNC = 0x80000;
  public static final int MAP_FIXED_NOREPLACE = 0x100000;

  private final Arena arena;
  private final MemorySegment memory;

  private Mapping(Arena arena, MemorySegment memory) {
    this.arena = arena;
    this.memory = memory;
  }

  /**
   * Maps part of a file, or fresh memory.
   *
   * @param file what to map; null for fresh memory, with {@code MAP_ANONYMOUS} in the flags
   * @param offset first byte in the file, a multiple of the page size
   * @param bytes how much; rounded up to whole pages by the kernel
   * @param protection {@code PROT_} bits
   * @param flags {@code MAP_} bits; placing it is left to the kernel
   * @return the mapping
   * @throws SyscallException mmap(2)
   */
  @SuppressWarnings("MustBeClosedChecker") // close() closes the arena
  public static Mapping map(@Nullable Fd file, long offset, long bytes, int protection, int flags)
      throws SyscallException {
    if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0) {
      throw new IllegalArgumentException("nothing may be placed over what the JVM mapped");
    }
    int fd = file == null ? -1 : file.number();
    long address =
        Syscall.check(
            Syscall.raw(SyscallNumber.MMAP, 0, bytes, protection, flags, fd, offset), "mmap");
    Arena arena = Arena.ofShared();
    MemorySegment memory =
        MemorySegment.ofAddress(address).reinterpret(bytes, arena, Mapping::unmap);
    return new Mapping(arena, memory);
  }

  /**
   * Maps a file from its start, readable, writable and shared.
   *
   * @param file what to map
   * @param bytes how much
   * @return the mapping
   * @throws SyscallException mmap(2)
   */
  public static Mapping shared(Fd file, long bytes) throws SyscallException {
    return map(file, 0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED);
  }

  /**
   * Maps fresh memory, readable, writable, of this process alone, zero.
   *
   * @param bytes how much
   * @return the mapping
   * @throws SyscallException ENOMEM
   */
  public static Mapping anonymous(long bytes) throws SyscallException {
    return map(null, 0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
  }

  /**
   * The mapped memory.
   *
   * @return as many bytes as were asked for
   */
  public MemorySegment memory() {
    return memory;
  }

  /**
   * Advises the kernel about all of it, as madvise(2).
   *
   * @param advice a {@code MADV_} value
   * @throws SyscallException madvise(2)
   */
  public void advise(int advice) throws SyscallException {
    Syscall.check(
        Syscall.raw(SyscallNumber.MADVISE, memory.address(), memory.byteSize(), advice), "madvise");
  }

  /** Unmaps the memory, unless that was done before. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }

  private static void unmap(MemorySegment memory) {
    long answer = Syscall.raw(SyscallNumber.MUNMAP, memory.address(), memory.byteSize());
    if (answer < 0) { // only for a wrong address: our bug
      throw new AssertionError("munmap: " + Errno.describe((int) -answer));
    }
  }
}

package org.stasis.linux;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.foreign.Scratch;

/** What fcntl(2) tells about a descriptor and its open file, and sets. */
public final class Fcntl {
  public static final int F_DUPFD = 0;
  public static final int F_GETFD = 1;
  public static final int F_SETFD = 2;
  public static final int F_GETFL = 3;
  public static final int F_SETFL = 4;
  public static final int F_SETLK = 6;
  public static final int F_SETSIG = 10;
  public static final int F_GETSIG = 11;
  public static final int F_SETOWN_EX = 15;
  public static final int F_GETOWN_EX = 16;
  public static final int F_GETOWNER_UIDS = 17;
  public static final int F_OFD_SETLK = 37;
  public static final int F_SETLEASE = 1024;
  public static final int F_DUPFD_CLOEXEC = 1030;
  public static final int F_SETPIPE_SZ = 1031;
  public static final int F_GETPIPE_SZ = 1032;
  public static final int F_ADD_SEALS = 1033;
  public static final int F_GET_SEALS = 1034;

  /** Of flock(2): others may share it. */
  public static final int LOCK_SH = 1;

  /** Of flock(2): nobody else may have it. */
  public static final int LOCK_EX = 2;

  /** Of flock(2): fail rather than wait. */
  public static final int LOCK_NB = 4;

  public static final int FD_CLOEXEC = 1;

  public static final int F_OWNER_TID = 0;
  public static final int F_OWNER_PID = 1;
  public static final int F_OWNER_PGRP = 2;

  /** {@code struct f_owner_ex}. */
  static final StructLayout OWNER =
      structLayout(JAVA_INT.withName("type"), JAVA_INT.withName("pid"))
          .withName("struct f_owner_ex");

  private static final long OWNER_TYPE = OWNER.byteOffset(groupElement("type"));
  private static final long OWNER_PID = OWNER.byteOffset(groupElement("pid"));

  private Fcntl() {}

  /**
   * Who is sent SIGIO and SIGURG.
   *
   * @param type {@code F_OWNER_TID}, {@code F_OWNER_PID} or {@code F_OWNER_PGRP}
   * @param pid in the caller's pid namespace
   */
  public record Owner(int type, int pid) {}

  /**
   * Uids at the time the owner was set, which decide whether it may be signalled.
   *
   * @param uid real
   * @param euid effective
   */
  public record OwnerUids(int uid, int euid) {}

  /**
   * Flags of the descriptor.
   *
   * @param fd the descriptor
   * @return {@code FD_CLOEXEC} or 0
   * @throws SyscallException EBADF
   */
  public static int getDescriptorFlags(Fd fd) throws SyscallException {
    return (int) call(fd.number(), F_GETFD, 0, "fcntl F_GETFD");
  }

  /**
   * Sets flags of the descriptor.
   *
   * @param fd the descriptor
   * @param flags {@code FD_CLOEXEC} or 0
   * @throws SyscallException EBADF
   */
  public static void setDescriptorFlags(Fd fd, int flags) throws SyscallException {
    call(fd.number(), F_SETFD, flags, "fcntl F_SETFD");
  }

  /**
   * Access mode and status flags of the open file.
   *
   * @param fd the descriptor
   * @return {@code O_} flags; {@code O_LARGEFILE} shows in what 64-bit tasks opened
   * @throws SyscallException EBADF
   */
  public static int getStatusFlags(Fd fd) throws SyscallException {
    return (int) call(fd.number(), F_GETFL, 0, "fcntl F_GETFL");
  }

  /**
   * Sets the status flags that can change: append, async, direct, noatime, nonblock.
   *
   * @param fd the descriptor
   * @param flags {@code O_} flags; others are ignored by the kernel
   * @throws SyscallException EPERM on an append-only file, EINVAL for O_DIRECT where unsupported
   */
  public static void setStatusFlags(Fd fd, int flags) throws SyscallException {
    call(fd.number(), F_SETFL, Integer.toUnsignedLong(flags), "fcntl F_SETFL");
  }

  /**
   * Capacity of a pipe.
   *
   * @param fd either end
   * @return bytes
   * @throws SyscallException EBADF when it is no pipe
   */
  public static int getPipeSize(Fd fd) throws SyscallException {
    return (int) call(fd.number(), F_GETPIPE_SZ, 0, "fcntl F_GETPIPE_SZ");
  }

  /**
   * Sets the capacity of a pipe.
   *
   * @param fd either end
   * @param bytes rounded up by the kernel
   * @return what it became, in bytes
   * @throws SyscallException EBUSY when more is queued, EPERM above the user's limit
   */
  public static int setPipeSize(Fd fd, int bytes) throws SyscallException {
    return (int) call(fd.number(), F_SETPIPE_SZ, bytes, "fcntl F_SETPIPE_SZ");
  }

  /**
   * Who is told about input.
   *
   * @param fd the descriptor
   * @return the owner, or null when there is none that this pid namespace sees
   * @throws SyscallException EBADF
   */
  public static @Nullable Owner getOwner(Fd fd) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment owner = scratch.allocate(OWNER);
      call(fd.number(), F_GETOWN_EX, owner.address(), "fcntl F_GETOWN_EX");
      int pid = owner.get(JAVA_INT, OWNER_PID);
      return pid == 0 ? null : new Owner(owner.get(JAVA_INT, OWNER_TYPE), pid);
    }
  }

  /**
   * Sets who is told about input.
   *
   * @param fd the descriptor
   * @param owner the new owner
   * @throws SyscallException ESRCH when there is no such task
   */
  public static void setOwner(Fd fd, Owner owner) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment memory = scratch.allocate(OWNER);
      memory.set(JAVA_INT, OWNER_TYPE, owner.type());
      memory.set(JAVA_INT, OWNER_PID, owner.pid());
      call(fd.number(), F_SETOWN_EX, memory.address(), "fcntl F_SETOWN_EX");
    }
  }

  /**
   * As whom the owner is signalled. Only a kernel built with CHECKPOINT_RESTORE tells.
   *
   * @param fd the descriptor
   * @return the uids in the caller's user namespace
   * @throws SyscallException EINVAL when the kernel does not tell
   */
  public static OwnerUids getOwnerUids(Fd fd) throws SyscallException {
    try (Scratch scratch = Scratch.open()) {
      MemorySegment uids = scratch.allocate(2L * Integer.BYTES);
      call(fd.number(), F_GETOWNER_UIDS, uids.address(), "fcntl F_GETOWNER_UIDS");
      return new OwnerUids(uids.get(JAVA_INT, 0), uids.get(JAVA_INT, Integer.BYTES));
    }
  }

  /**
   * Which signal tells the owner.
   *
   * @param fd the descriptor
   * @return a signal's number, 0 for SIGIO without details
   * @throws SyscallException EBADF
   */
  public static int getSignal(Fd fd) throws SyscallException {
    return (int) call(fd.number(), F_GETSIG, 0, "fcntl F_GETSIG");
  }

  /**
   * Sets which signal tells the owner.
   *
   * @param fd the descriptor
   * @param signal a signal's number, 0 for SIGIO without details
   * @throws SyscallException EINVAL
   */
  public static void setSignal(Fd fd, int signal) throws SyscallException {
    call(fd.number(), F_SETSIG, signal, "fcntl F_SETSIG");
  }

  /**
   * Seals of a memfd.
   *
   * @param fd the descriptor
   * @return {@code F_SEAL_} bits
   * @throws SyscallException EINVAL when the file can't be sealed
   */
  public static int getSeals(Fd fd) throws SyscallException {
    return (int) call(fd.number(), F_GET_SEALS, 0, "fcntl F_GET_SEALS");
  }

  /**
   * Adds seals to a memfd.
   *
   * @param fd the descriptor
   * @param seals {@code F_SEAL_} bits
   * @throws SyscallException EPERM when it is sealed against seals or opened for reading only
   */
  public static void addSeals(Fd fd, int seals) throws SyscallException {
    call(fd.number(), F_ADD_SEALS, seals, "fcntl F_ADD_SEALS");
  }

  static long call(int fd, int command, long argument, String name) throws SyscallException {
    return Syscall.check(Syscall.raw(SyscallNumber.FCNTL, fd, command, argument), name);
  }
}

package org.stasis.engine.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import org.stasis.engine.capture.Harvest;
import org.stasis.images.proto.MmEntry;
import org.stasis.images.proto.VmaEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Program;

/**
 * Locked memory, mlock(2), both directions. Which mappings are locked is seen from outside; whether
 * mappings to come will be, mlockall(2) with MCL_FUTURE, by what becomes of a new one: the kernel
 * refuses to invalidate a locked mapping with msync(2), and brings it in unless that waits for the
 * first touch (MCL_ONFAULT).
 */
public final class MemoryLocks {
  private static final int MCL_FUTURE = 2;
  private static final int MCL_ONFAULT = 4;
  private static final int MLOCK_ONFAULT = 1;
  private static final int MS_INVALIDATE = 2;
  private static final int PAGE = 4096;
  private static final String REMEDY = "Raise RLIMIT_MEMLOCK.";

  private MemoryLocks() {}

  /**
   * Asks a task whether mappings to come will be locked.
   *
   * @param in the task's program
   * @param mm takes the answer
   */
  public static void harvest(Harvest in, MmEntry.Builder mm) {
    Argument page =
        in.call(
            SyscallNumber.MMAP,
            Argument.ZERO,
            Argument.of(PAGE),
            Argument.of(MmapFlags.PROT_READ | MmapFlags.PROT_WRITE),
            Argument.of(MmapFlags.MAP_PRIVATE | MmapFlags.MAP_ANONYMOUS),
            Argument.of(-1),
            Argument.ZERO);
    Argument invalidated =
        in.call(SyscallNumber.MSYNC, page, Argument.of(PAGE), Argument.of(MS_INVALIDATE));
    long resident = in.room(1);
    in.call(SyscallNumber.MINCORE, page, Argument.of(PAGE), Argument.channel(resident));
    in.call(SyscallNumber.MUNMAP, page, Argument.of(PAGE));
    in.then(
        answers -> {
          // EAGAIN: locked memory is at its limit, which only matters to what is to be locked
          boolean future =
              answers.of(invalidated) == -Errno.EBUSY.number()
                  || answers.of(page) == -Errno.EAGAIN.number();
          if (future) {
            boolean present = (answers.memory().get(JAVA_BYTE, resident) & 1) != 0;
            boolean atOnce = present || answers.of(page) < 0;
            mm.setLockFuture(atOnce ? MCL_FUTURE : MCL_FUTURE | MCL_ONFAULT);
          }
        });
  }

  /** Plans the locking of one mapping; to come after its content, protection and guards. */
  static void plan(VmaEntry vma, boolean guarded, Program program) {
    if ((vma.getFlags() & MmapFlags.MAP_LOCKED) == 0) {
      return;
    }
    long start = vma.getStart();
    long length = vma.getEnd() - start;
    program.why("locking " + Long.toHexString(start), REMEDY);
    int flags = vma.getLockOnFault() ? MLOCK_ONFAULT : 0;
    boolean untouchable = (vma.getProt() & ~MmapFlags.PROT_EXEC) == 0 || guarded;
    if (!untouchable || flags == MLOCK_ONFAULT) {
      program.call(SyscallNumber.MLOCK2, start, length, flags);
      return;
    }
    // locks and then fails, as not all of it can be brought in
    program.call(
        Expect.successOr(Errno.ENOMEM.number()),
        SyscallNumber.MLOCK2,
        Argument.of(start),
        Argument.of(length),
        Argument.ZERO);
    program.call(
        Expect.equal(-Errno.EBUSY.number()),
        SyscallNumber.MSYNC,
        Argument.of(start),
        Argument.of(length),
        Argument.of(MS_INVALIDATE));
  }

  /** Plans what holds for mappings to come; to come after the last one. */
  static void planFuture(MmEntry mm, Program program) {
    if (mm.getLockFuture() != 0) {
      program.why("locking mappings to come", REMEDY);
      program.call(SyscallNumber.MLOCKALL, mm.getLockFuture());
    }
  }
}

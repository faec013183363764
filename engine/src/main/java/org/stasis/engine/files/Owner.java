package org.stasis.engine.files;

import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.RebuildContext.Holder;
import org.stasis.engine.spi.Stage;
import org.stasis.images.proto.FownEntry;
import org.stasis.linux.Fcntl;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Program;

/**
 * Who is sent a signal when something can be read, fcntl(2) {@code F_SETOWN_EX}, {@code F_SETSIG}
 * and {@code O_ASYNC}.
 */
public final class Owner {
  private static final int KEEP = -1;

  private Owner() {}

  /**
   * Whether flags ask for signals. {@code O_ASYNC} has no effect when it is given to open(2).
   *
   * @param flags open flags
   * @return the flags to open with
   */
  public static int withoutAsync(int flags) {
    return flags & ~Open.O_ASYNC;
  }

  /**
   * Plans owner, signal and {@code O_ASYNC} of a file that has just been planned.
   *
   * @param planner of its cluster
   * @param id the file's
   * @param owner as in the images
   * @param flags open flags as in the images
   */
  public static void plan(FilePlanner planner, int id, FownEntry owner, int flags) {
    boolean async = (flags & Open.O_ASYNC) != 0;
    if (owner.getPid() == 0 && owner.getSignum() == 0 && !async) {
      return;
    }
    // everybody who may be the owner exists by now, with its group
    planOwner(planner, planner.program(planner.task(), stage(planner, owner)), id, owner);
    if (async) {
      planAsync(planner, id, flags);
    }
  }

  /** The last of all, or restoring the file would send signals; they tell the number used here. */
  private static void planAsync(FilePlanner planner, int id, int flags) {
    int task = planner.task();
    Argument fd = planner.descriptor(task, id);
    for (Holder holder : planner.holders(id)) {
      task = holder.task();
      fd = Argument.of(holder.number());
      break;
    }
    Program program = planner.program(task, Stage.STATE);
    program.why("asking for signals from " + name(planner, id));
    program.call(
        SyscallNumber.FCNTL, fd, Argument.of(Fcntl.F_SETFL), Argument.of(flags & ~Open.O_ACCMODE));
  }

  /** Threads but the first are made late. */
  private static Stage stage(FilePlanner planner, FownEntry owner) {
    boolean thread =
        owner.getPid() != 0
            && owner.getPidType() == Fcntl.F_OWNER_TID
            && !planner.tasks().contains(owner.getPid());
    return thread ? Stage.STATE : Stage.FILES_CONNECT;
  }

  private static void planOwner(FilePlanner planner, Program program, int id, FownEntry owner) {
    Argument fd = planner.descriptor(planner.task(), id);
    program.why(
        "setting the owner of " + name(planner, id) + " to " + owner.getPid(),
        "The owner must be one of the tree.");
    if (owner.getPid() != 0) {
      // the kernel remembers as whom it was set, and signals only whom that user may signal
      boolean other = owner.getUid() != 0 || owner.getEuid() != 0;
      if (other) {
        program.call(SyscallNumber.SETRESUID, owner.getUid(), owner.getEuid(), KEEP);
      }
      program.call(
          SyscallNumber.FCNTL,
          fd,
          Argument.of(Fcntl.F_SETOWN_EX),
          planner.plan().ints(owner.getPidType(), owner.getPid()));
      if (other) {
        program.call(SyscallNumber.SETRESUID, 0, 0, KEEP);
      }
    }
    if (owner.getSignum() != 0) {
      program.call(
          SyscallNumber.FCNTL, fd, Argument.of(Fcntl.F_SETSIG), Argument.of(owner.getSignum()));
    }
  }

  private static String name(FilePlanner planner, int id) {
    for (Holder holder : planner.holders(id)) {
      return "fd " + holder.number();
    }
    return "file " + id;
  }
}

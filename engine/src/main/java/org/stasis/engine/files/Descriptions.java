package org.stasis.engine.files;

import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.RebuildContext.Holder;
import org.stasis.linux.Fcntl;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Program;

/** What is planned for open file descriptions of several kinds alike. */
public final class Descriptions {
  /** Status flags that fcntl(2) {@code F_SETFL} changes. */
  private static final int SETTABLE =
      Open.O_APPEND | Open.O_NONBLOCK | Open.O_DIRECT | Open.O_NOATIME;

  private Descriptions() {}

  /**
   * Names a file for people.
   *
   * @param context knows who holds it
   * @param id the file's
   * @param what it is, such as {@code "/data/dump.rdb"} or {@code "pipe 4711"}
   * @return such as {@code "fd 7, /data/dump.rdb"}
   */
  public static String name(RebuildContext context, int id, String what) {
    for (Holder holder : context.holders(id)) {
      return "fd " + holder.number() + ", " + what;
    }
    return what;
  }

  /**
   * Appends the setting of status flags; nothing when all are clear and the file is new.
   *
   * @param program the maker's
   * @param fd the file
   * @param flags open flags as in the images
   * @param before status flags it has
   */
  public static void setFlags(Program program, Argument fd, int flags, int before) {
    if (((flags ^ before) & SETTABLE) != 0) {
      setFlags(program, fd, flags);
    }
  }

  /**
   * Appends the setting of status flags.
   *
   * @param program the maker's
   * @param fd the file
   * @param flags open flags as in the images
   */
  public static void setFlags(Program program, Argument fd, int flags) {
    program.call(
        SyscallNumber.FCNTL, fd, Argument.of(Fcntl.F_SETFL), Argument.of(flags & SETTABLE));
  }

  /**
   * Appends the opening of another description of an object that a descriptor refers to. The
   * object's own name does not matter, if it has one.
   *
   * @param planner of the cluster
   * @param number a descriptor of the object
   * @param flags open flags
   * @return the new descriptor
   */
  public static Argument reopen(FilePlanner planner, Argument number, int flags) {
    if (number.source() != Argument.Source.IMMEDIATE) {
      throw new IllegalArgumentException("not known before it is open: " + number);
    }
    return planner
        .program()
        .call(
            SyscallNumber.OPENAT,
            Argument.of(Open.AT_FDCWD),
            planner.plan().text("/proc/self/fd/" + number.value()),
            Argument.of(flags));
  }
}

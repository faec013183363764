package org.stasis.engine;

import java.util.concurrent.locks.LockSupport;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Names;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;

/**
 * How something that a restore is about to make outside of the tree is undone when the restore
 * fails. It is written down before the thing is made, so undoing what was never made is nothing.
 *
 * @param kind what is done
 * @param directory where the names start, of any mount namespace; closed together with the step
 * @param name relative to the directory
 * @param target the second name of {@link Kind#RENAME}; else empty
 */
public record UndoStep(Kind kind, Fd directory, String name, String target)
    implements AutoCloseable {
  private static final long PATIENCE_NANOS = 2_000_000_000;
  private static final long RETRY_NANOS = 1_000_000;

  /** What is done: {@code enum undo_kind} of {@code launcher.h}. */
  public enum Kind {
    /** Removes a name that is no directory, unlink(2). */
    UNLINK(1),
    /** Removes an empty directory, rmdir(2), waiting a while for the last task of a cgroup. */
    RMDIR(2),
    /** Renames, replacing what has the second name, rename(2). */
    RENAME(3);

    private final int number;

    Kind(int number) {
      this.number = number;
    }

    /**
     * Its number in messages.
     *
     * @return as in the header
     */
    public int number() {
      return number;
    }
  }

  /**
   * A step with one name.
   *
   * @param kind {@link Kind#UNLINK} or {@link Kind#RMDIR}
   * @param directory where the name starts
   * @param name relative to it
   */
  public UndoStep(Kind kind, Fd directory, String name) {
    this(kind, directory, name, "");
  }

  /**
   * Does it; nobody who made the thing may be left.
   *
   * @throws SyscallException when it is there and cannot be undone
   */
  public void perform() throws SyscallException {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    for (; ; ) {
      try {
        change();
        return;
      } catch (SyscallException e) {
        if (e.is(Errno.ENOENT)
            || e.is(Errno.ENOTDIR)
            || e.is(Errno.ENOTEMPTY)
            || e.is(Errno.EEXIST)) {
          return; // not made yet; or somebody else uses the directory or the name by now
        }
        if (!e.is(Errno.EBUSY) || System.nanoTime() > deadline) {
          throw e;
        }
        LockSupport.parkNanos(RETRY_NANOS); // the last task is on its way out of the cgroup
      }
    }
  }

  private void change() throws SyscallException {
    switch (kind) {
      case UNLINK -> Names.unlink(directory, name, 0);
      case RMDIR -> Names.unlink(directory, name, Open.AT_REMOVEDIR);
      case RENAME -> Names.rename(directory, name, directory, target, 0);
    }
  }

  @Override
  public void close() throws SyscallException {
    directory.close();
  }
}

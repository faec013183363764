package org.stasis.engine;

import org.jspecify.annotations.Nullable;
import org.stasis.linux.Errno;
import org.stasis.linux.SyscallException;

/**
 * A dump or restore that failed: what, where, errno, and what the user can do.
 *
 * <p>The message puts them together: <em>task 12 (redis-server): reopening fd 7 /data/dump.rdb:
 * ENOENT. The file is gone since the dump; put it back.</em>
 */
public class StasisException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int errno;

  /**
   * Describes a failure.
   *
   * @param task whose, such as {@code "task 12 (redis-server)"}; empty for the whole tree
   * @param doing what was done to what, such as {@code "reopening fd 7 /data/dump.rdb"}
   * @param problem what went wrong in words; may be empty when errno says it
   * @param errno the positive error number, or 0 when none applies
   * @param remedy what the user can do; may be empty
   * @param cause what led to it
   */
  public StasisException(
      String task,
      String doing,
      String problem,
      int errno,
      String remedy,
      @Nullable Throwable cause) {
    super(text(task, doing, problem, errno, remedy), cause);
    this.errno = errno;
  }

  /**
   * A failed system call on behalf of a task.
   *
   * @param task whose
   * @param doing what was done to what
   * @param remedy what the user can do; may be empty
   * @param cause the call
   */
  public StasisException(String task, String doing, String remedy, SyscallException cause) {
    this(task, doing, cause.call(), cause.errno(), remedy, cause);
  }

  private static String text(String task, String doing, String problem, int errno, String remedy) {
    StringBuilder text = new StringBuilder();
    add(text, task);
    add(text, doing);
    add(text, problem);
    if (errno != 0) {
      add(text, Errno.describe(errno));
    }
    if (!remedy.isEmpty()) {
      text.append(". ").append(remedy);
    }
    return text.toString();
  }

  private static void add(StringBuilder text, String part) {
    if (!part.isEmpty()) {
      text.append(text.isEmpty() ? "" : ": ").append(part);
    }
  }

  /**
   * The error number that a door reports.
   *
   * @return a positive number, or 0 when none applies
   */
  public int errno() {
    return errno;
  }
}

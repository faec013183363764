package org.stasis.linux;

import java.io.IOException;

/**
 * A system call that failed: which, about what, and errno.
 *
 * <p>It knows neither the task nor the object the call was made for; the caller that does adds
 * them.
 */
public class SyscallException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String call;
  private final int errno;

  /**
   * Describes a failed call.
   *
   * @param call the call and its subject, such as {@code "openat /data/dump.rdb"}
   * @param errno the positive error number
   */
  public SyscallException(String call, int errno) {
    super(call + ": " + Errno.describe(errno));
    this.call = call;
    this.errno = errno;
  }

  /**
   * The call and its subject.
   *
   * @return the text given at construction
   */
  public String call() {
    return call;
  }

  /**
   * The error number, errno(3).
   *
   * @return a positive number
   */
  public int errno() {
    return errno;
  }

  /**
   * Whether the call failed with one certain error.
   *
   * @param candidate the error to compare with
   * @return true when this is that error
   */
  public boolean is(Errno candidate) {
    return errno == candidate.number();
  }
}

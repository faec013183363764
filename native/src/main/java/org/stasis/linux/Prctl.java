package org.stasis.linux;

/** Settings of the calling thread or process, prctl(2). */
public final class Prctl {
  public static final int PR_SET_PDEATHSIG = 1;
  public static final int PR_GET_DUMPABLE = 3;
  public static final int PR_SET_DUMPABLE = 4;
  public static final int PR_SET_NO_NEW_PRIVS = 38;
  public static final int PR_SET_CHILD_SUBREAPER = 36;
  public static final int PR_GET_CHILD_SUBREAPER = 37;

  private Prctl() {}

  /**
   * Asks or sets something.
   *
   * @param option {@code PR_} value
   * @param argument what it takes; 0 where it takes nothing
   * @return what the option returns
   * @throws SyscallException EINVAL for an option that this kernel does not know, EPERM
   */
  public static int call(int option, long argument) throws SyscallException {
    long answer = Syscall.raw(SyscallNumber.PRCTL, option, argument, 0, 0, 0, 0);
    if (answer < 0) {
      throw Syscall.failure(answer, "prctl " + option);
    }
    return (int) answer;
  }
}

package org.stasis.linux;

/** As whom the calling thread acts. The other threads of the process stay who they are. */
public final class ThreadUser {
  private ThreadUser() {}

  /**
   * Makes the calling thread act as another user, with all capabilities that it is permitted: what
   * it makes belongs to that user. For a thread that ends soon, as nothing brings it back.
   *
   * @param user effective user id
   * @param group effective group id
   * @throws SyscallException EPERM without CAP_SETUID and CAP_SETGID
   */
  public static void actAs(int user, int group) throws SyscallException {
    long keep = -1;
    Syscall.check(
        Syscall.raw(SyscallNumber.SETRESGID, keep, group & 0xffffffffL, keep), "setresgid");
    Syscall.check(
        Syscall.raw(SyscallNumber.SETRESUID, keep, user & 0xffffffffL, keep), "setresuid");
    CapabilitySets now = CapabilitySets.get(0); // the effective ones went with the id 0
    new CapabilitySets(now.permitted(), now.permitted(), now.inheritable()).apply();
  }
}

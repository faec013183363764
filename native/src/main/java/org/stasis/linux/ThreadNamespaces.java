package org.stasis.linux;

import org.stasis.linux.foreign.Scratch;

/**
 * Namespaces and root directory of the calling thread. The other threads of the process stay where
 * they are.
 */
public final class ThreadNamespaces {
  public static final int CLONE_FS = 0x200;
  public static final int CLONE_NEWNS = 0x20000;
  public static final int CLONE_NEWCGROUP = 0x02000000;
  public static final int CLONE_NEWUTS = 0x04000000;
  public static final int CLONE_NEWIPC = 0x08000000;
  public static final int CLONE_NEWUSER = 0x10000000;
  public static final int CLONE_NEWPID = 0x20000000;
  public static final int CLONE_NEWNET = 0x40000000;
  public static final int CLONE_NEWTIME = 0x80;

  private ThreadNamespaces() {}

  /**
   * Gives the thread namespaces, or a working directory, of its own, as unshare(2).
   *
   * @param flags {@code CLONE_} flags
   * @throws SyscallException EPERM without CAP_SYS_ADMIN; EINVAL for what a thread of several can't
   *     have of its own
   */
  public static void unshare(int flags) throws SyscallException {
    Syscall.check(Syscall.raw(SyscallNumber.UNSHARE, flags), "unshare");
  }

  /**
   * Moves the thread into a namespace, as setns(2).
   *
   * @param namespace a namespace's file
   * @throws SyscallException EPERM without CAP_SYS_ADMIN over it; EINVAL for a mount namespace
   *     without {@link #CLONE_FS}, and for a user or time namespace
   */
  public static void enter(Fd namespace) throws SyscallException {
    Syscall.check(Syscall.raw(SyscallNumber.SETNS, namespace.number(), 0), "setns");
  }

  /**
   * Makes a directory the thread's working directory, as fchdir(2). To be called only where {@link
   * #CLONE_FS} is unshared: all other threads would go there too.
   *
   * @param directory the directory; {@code O_PATH} will do
   * @throws SyscallException ENOTDIR
   */
  public static void changeDirectory(Fd directory) throws SyscallException {
    Syscall.check(Syscall.raw(SyscallNumber.FCHDIR, directory.number()), "fchdir");
  }

  /**
   * Makes a directory the thread's root and working directory, as chroot(2).
   *
   * @param root the directory, in whatever mount namespace
   * @throws SyscallException EPERM without CAP_SYS_CHROOT
   */
  public static void changeRoot(Fd root) throws SyscallException {
    changeDirectory(root);
    try (Scratch scratch = Scratch.open()) {
      long here = scratch.string(".").address();
      Syscall.check(Syscall.raw(SyscallNumber.CHROOT, here), "chroot");
    }
  }
}

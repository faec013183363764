package org.stasis.linux;

/** What the file of a namespace ({@code /proc/PID/ns/…}) tells, ioctl_nsfs(2). */
public final class NamespaceFile {
  private static final int TYPE = 0xb7;
  private static final long NS_GET_USERNS = IoctlNumber.none(TYPE, 1);
  private static final long NS_GET_PARENT = IoctlNumber.none(TYPE, 2);
  private static final long NS_GET_NSTYPE = IoctlNumber.none(TYPE, 3);
  private static final long NS_GET_OWNER_UID = IoctlNumber.none(TYPE, 4);

  private NamespaceFile() {}

  /**
   * The user namespace that owns a namespace.
   *
   * @param namespace its file
   * @return the owner's file, close-on-exec
   * @throws SyscallException EPERM when the owner is not the caller's user namespace or below it
   */
  public static Fd owner(Fd namespace) throws SyscallException {
    return Fd.of((int) namespace.ioctl(NS_GET_USERNS, 0, "NS_GET_USERNS"));
  }

  /**
   * The parent of a pid or user namespace.
   *
   * @param namespace its file
   * @return the parent's file, close-on-exec
   * @throws SyscallException EPERM when it is out of the caller's sight, EINVAL for other kinds
   */
  public static Fd parent(Fd namespace) throws SyscallException {
    return Fd.of((int) namespace.ioctl(NS_GET_PARENT, 0, "NS_GET_PARENT"));
  }

  /**
   * What kind of namespace it is.
   *
   * @param namespace its file
   * @return a {@code CLONE_NEW} value
   * @throws SyscallException ENOTTY when it is no namespace's file
   */
  public static int type(Fd namespace) throws SyscallException {
    return (int) namespace.ioctl(NS_GET_NSTYPE, 0, "NS_GET_NSTYPE");
  }

  /**
   * Who made a user namespace.
   *
   * @param userNamespace its file
   * @return an uid in the caller's user namespace
   * @throws SyscallException EINVAL for other kinds
   */
  public static int ownerUid(Fd userNamespace) throws SyscallException {
    return userNamespace.ioctlInt(NS_GET_OWNER_UID, "NS_GET_OWNER_UID");
  }
}

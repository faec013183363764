package org.stasis.engine.unix;

import org.jspecify.annotations.Nullable;
import org.stasis.engine.spi.TaskView;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Names;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;
import org.stasis.linux.socket.SocketOption;
import org.stasis.linux.socket.UnixDiag;

/**
 * The file that a Unix socket is bound to: where it is now, whatever path bind(2) was given.
 *
 * @param path absolute, from the root of its mount namespace; null when it is not known
 * @param deleted whether that path no longer leads to it
 * @param mountId the mount it was reached through
 * @param mode type and permissions
 * @param uid its owner
 * @param gid its group
 */
record BoundFile(@Nullable String path, boolean deleted, int mountId, int mode, int uid, int gid) {
  private static final String DELETED = " (deleted)"; // what the kernel appends to such a path

  /**
   * Asks for the file.
   *
   * @param socket a duplicate of a socket that is bound to a file
   * @param diag what sock_diag says about it
   * @param name the path that bind(2) was given
   * @param holder who has it open
   * @return the file
   * @throws SyscallException when it cannot be looked at
   */
  static BoundFile of(Fd socket, UnixDiag diag, UnixName name, TaskView holder)
      throws SyscallException {
    try (Fd file = Fd.of((int) socket.ioctl(SocketOption.SIOCUNIXFILE, 0, "SIOCUNIXFILE"))) {
      return of(file);
    } catch (SyscallException e) {
      if (e.is(Errno.EPERM)) {
        return guess(diag, name, holder);
      }
      throw e;
    }
  }

  private static BoundFile of(Fd file) throws SyscallException {
    Stat stat = file.stat();
    String path = Names.readLink(null, "/proc/self/fd/" + file.number());
    boolean deleted = stat.links() == 0 || path.endsWith(DELETED);
    if (path.endsWith(DELETED)) {
      path = path.substring(0, path.length() - DELETED.length());
    }
    return new BoundFile(path, deleted, (int) stat.mountId(), stat.mode(), stat.uid(), stat.gid());
  }

  /** Without CAP_NET_ADMIN the kernel does not hand the file out; most are still at their name. */
  private static BoundFile guess(UnixDiag diag, UnixName name, TaskView holder)
      throws SyscallException {
    String start = "/proc/" + holder.pid() + (name.isAbsolute() ? "/root" : "/cwd/");
    try {
      Stat stat = Stat.ofLink(null, start + name.path());
      if ((stat.inode() & 0xffffffffL) == diag.fileInode()) {
        String directory = name.isAbsolute() ? "" : Names.readLink(null, start) + '/';
        return new BoundFile(
            directory + name.path(),
            false,
            (int) stat.mountId(),
            stat.mode(),
            stat.uid(),
            stat.gid());
      }
    } catch (SyscallException e) {
      if (!e.is(Errno.ENOENT) && !e.is(Errno.ENOTDIR)) {
        throw e;
      }
    }
    return new BoundFile(null, true, 0, Stat.S_IFSOCK | 0777, 0, 0);
  }
}

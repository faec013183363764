package org.stasis.shim.criu;

import java.nio.file.Path;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Names;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;

/**
 * The two directories of a session, held open so that they stay the same whatever becomes of their
 * names and of the caller's descriptors.
 */
final class Directories implements AutoCloseable {
  private final Fd images;
  private final Fd work;

  private Directories(Fd images, Fd work) {
    this.images = images;
    this.work = work;
  }

  /**
   * Opens both.
   *
   * @param images where the images are, openable by this process
   * @param work where logs, statistics and pid files go, openable by this process
   * @throws UsageException when one cannot be opened
   */
  static Directories open(Path images, Path work) throws UsageException, SyscallException {
    Fd first = open("images", images);
    try {
      return new Directories(first, open("work", work));
    } catch (UsageException e) {
      try (first) {
        throw e;
      }
    }
  }

  private static Fd open(String what, Path path) throws UsageException {
    try {
      return Fd.openDirectory(path.toString());
    } catch (SyscallException e) {
      throw new UsageException("cannot open the " + what + " directory: " + e.getMessage(), e);
    }
  }

  /** The images directory as this process sees it. */
  Path images() throws UsageException {
    return readable(images);
  }

  /** The images directory as any process of this pid namespace sees it. */
  Path imagesSeenByOthers() {
    return seenByOthers(images);
  }

  /** The work directory as this process sees it. */
  Path work() throws UsageException {
    return readable(work);
  }

  /** The directory by its name, which messages shall show, where the name still leads to it. */
  private static Path readable(Fd directory) throws UsageException {
    String link = "/proc/self/fd/" + directory.number();
    try {
      Path name = Path.of(Names.readLink(null, link));
      return isSame(name, directory.stat()) ? name : Path.of(link);
    } catch (SyscallException e) {
      throw new UsageException("cannot find a directory's name: " + e.getMessage(), e);
    }
  }

  private static boolean isSame(Path name, Stat directory) throws SyscallException {
    try {
      Stat named = Stat.of(null, name.toString());
      return named.inode() == directory.inode() && named.device().equals(directory.device());
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR) || e.is(Errno.EACCES)) {
        return false; // renamed, removed, or in another mount namespace
      }
      throw e;
    }
  }

  /** The work directory as any process of this pid namespace sees it. */
  Path workSeenByOthers() {
    return seenByOthers(work);
  }

  private static Path seenByOthers(Fd directory) {
    return Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + directory.number());
  }

  /** The open work directory, which stays this object's. */
  Fd workDirectory() {
    return work;
  }

  @Override
  public void close() throws SyscallException {
    try (images) {
      work.close();
    }
  }
}

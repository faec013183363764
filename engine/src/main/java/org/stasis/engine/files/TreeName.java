package org.stasis.engine.files;

import org.jspecify.annotations.Nullable;
import org.stasis.engine.spi.RebuiltTree;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;

/**
 * A name as the root task of a tree means it once its mounts are there, held so that it can be
 * reached when the tree and its mount namespace are gone.
 *
 * @param directory the nearest directory above it that is there
 * @param name relative to that
 * @param exists whether there is anything of that name
 */
public record TreeName(Fd directory, String name, boolean exists) implements AutoCloseable {
  private static final int DIRECTORY = Open.O_PATH | Open.O_DIRECTORY | Open.O_CLOEXEC;
  private static final int LOOK = Open.O_PATH | Open.O_NOFOLLOW | Open.O_CLOEXEC;

  /**
   * Looks for a name.
   *
   * @param tree whose mounts are there
   * @param path absolute, or relative to the working directory that the tree starts in
   * @return the name, or null where there can be none: whoever tries to make it is told why
   * @throws SyscallException when the tree cannot be looked at
   */
  public static @Nullable TreeName find(RebuiltTree tree, String path) throws SyscallException {
    boolean absolute = path.startsWith("/");
    String start = "/proc/" + tree.hostPid(tree.root()) + (absolute ? "/root" : "/cwd");
    int resolve =
        Open.RESOLVE_NO_MAGICLINKS
            | (absolute ? Open.RESOLVE_IN_ROOT : Open.RESOLVE_NO_SYMLINKS); // they mean our root
    try (Fd base = Fd.open(start, DIRECTORY)) {
      int slash = path.length();
      do {
        slash = path.lastIndexOf('/', slash - 1);
        String above = slash <= 0 ? "." : path.substring(absolute ? 1 : 0, slash);
        Fd directory = openDirectory(base, above, resolve);
        if (directory != null) {
          String name = path.substring(slash + 1);
          return new TreeName(directory, name, isThere(directory, name));
        }
      } while (slash > 0);
      return null;
    }
  }

  private static @Nullable Fd openDirectory(Fd base, String path, int resolve)
      throws SyscallException {
    try {
      return base.openAt2(path, DIRECTORY, 0, resolve);
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR) || e.is(Errno.ELOOP) || e.is(Errno.EACCES)) {
        return null;
      }
      throw e;
    }
  }

  private static boolean isThere(Fd directory, String name) throws SyscallException {
    try (Fd _ = directory.openAt(name, LOOK, 0)) {
      return true;
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR)) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public void close() throws SyscallException {
    directory.close();
  }
}

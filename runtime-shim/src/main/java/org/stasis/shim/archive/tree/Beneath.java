package org.stasis.shim.archive.tree;

import java.io.IOException;
import org.stasis.linux.Directory;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Names;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;

/**
 * Paths below a directory, which nothing leads out of: no {@code ..}, no link, whoever made it and
 * when.
 */
final class Beneath {
  private static final int RESOLVE = Open.RESOLVE_BENEATH | Open.RESOLVE_NO_SYMLINKS;

  private Beneath() {}

  /**
   * Tidies a path up.
   *
   * @param name as an archive has it
   * @return parts with single slashes between them; empty for the directory itself
   * @throws IOException when it is absolute or has a part {@code ..}
   */
  static String relative(String name) throws IOException {
    if (name.startsWith("/")) {
      throw new IOException("the archive has an absolute name: " + name);
    }
    return tidy(name);
  }

  /** Likewise, but what is absolute starts from the directory. */
  static String tidy(String name) throws IOException {
    StringBuilder path = new StringBuilder();
    for (int start = 0; start <= name.length(); ) {
      int slash = name.indexOf('/', start);
      int end = slash < 0 ? name.length() : slash;
      String part = name.substring(start, end);
      if (part.equals("..")) {
        throw new IOException("the archive has a name that leads out of it: " + name);
      }
      if (!part.isEmpty() && !part.equals(".")) {
        path.append(path.isEmpty() ? "" : "/").append(part);
      }
      start = end + 1;
    }
    return path.toString();
  }

  static String parentOf(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }

  static String nameOf(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** Opens a directory, empty for the root. */
  static Fd open(Fd root, String path) throws IOException {
    try {
      return root.openAt2(path.isEmpty() ? "." : path, DirectoryTree.FLAGS, 0, RESOLVE);
    } catch (SyscallException e) {
      if (e.is(Errno.ELOOP) || e.is(Errno.EXDEV) || e.is(Errno.ENOTDIR)) {
        throw new IOException("a link or a file is in the way of the archive's " + path, e);
      }
      throw e;
    }
  }

  /** Opens a directory, after making it and those above where they are missing. */
  static Fd openOrMake(Fd root, String path) throws IOException {
    try {
      return open(root, path);
    } catch (SyscallException e) {
      if (!e.is(Errno.ENOENT) || path.isEmpty()) {
        throw e;
      }
    }
    try (Fd above = openOrMake(root, parentOf(path))) {
      Names.makeDirectory(above, nameOf(path), 0700);
      Names.changeMode(above, nameOf(path), 0755); // whatever the umask
    }
    return open(root, path);
  }

  /** Whether something of that name is in a directory. */
  static boolean exists(Fd directory, String name) throws IOException {
    try {
      Stat.ofLink(directory, name);
      return true;
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)) {
        return false;
      }
      throw e;
    }
  }

  /** Removes a name with all below; nothing that it links to. */
  static void remove(Fd directory, String name) throws IOException {
    if (Stat.ofLink(directory, name).type() != Stat.S_IFDIR) {
      Names.unlink(directory, name, 0);
      return;
    }
    try (Fd down = directory.openAt(name, DirectoryTree.FLAGS, 0)) {
      for (Directory.Entry each : Directory.list(down)) {
        remove(down, each.name());
      }
    }
    Names.unlink(directory, name, Open.AT_REMOVEDIR);
  }
}

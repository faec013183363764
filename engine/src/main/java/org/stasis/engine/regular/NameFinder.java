package org.stasis.engine.regular;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.External;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.Mounts;
import org.stasis.engine.spi.OpenFile;
import org.stasis.images.proto.RegFileEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.KernelString;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;

/**
 * Finds the name by which a file can be opened again. The kernel tells the path it was opened by,
 * as it is now; whether the path still leads to the file must be tried.
 */
final class NameFinder {
  private static final String DELETED = " (deleted)";

  private final MountView view = new MountView();

  /**
   * Sets the name, and what else says how to get the file.
   *
   * @param file an open file with a path
   * @param entry takes name and mount
   * @param to takes obstacles
   * @return whether there is a way to open it again
   * @throws StasisException when it cannot be looked at
   */
  boolean find(OpenFile file, RegFileEntry.Builder entry, FileCapture to) throws StasisException {
    String link = file.link();
    entry.setMntId(mount(file, to));
    if (isExternal(file, to)) {
      entry
          .setName(
              "file["
                  + Integer.toHexString(file.info().mountId())
                  + ":"
                  + Long.toHexString(file.stat().inode())
                  + "]")
          .setExt(true);
      return true;
    }
    if (isTerminal(file)) { // made anew, with that name or another
      entry.setNameBytes(bytes(withoutDeleted(link)));
      return true;
    }
    if (leadsTo(link, file, to)) {
      entry.setNameBytes(bytes(link));
      return true;
    }
    if (link.endsWith(DELETED)) {
      String name = withoutDeleted(link);
      entry.setNameBytes(bytes(name));
      return deleted(name, file, to);
    }
    to.obstacle(
        "the path leads to another file: something was mounted or moved over it",
        "provide it at the restore with --external file["
            + Integer.toHexString(file.info().mountId())
            + ":"
            + Long.toHexString(file.stat().inode())
            + "]");
    return false;
  }

  private static boolean isTerminal(OpenFile file) {
    return file.stat().type() == Stat.S_IFCHR
        && (file.flags() & Open.O_PATH) == 0
        && CharacterDevices.isTerminal(file.stat().represents());
  }

  private static String withoutDeleted(String link) {
    return link.endsWith(DELETED) ? link.substring(0, link.length() - DELETED.length()) : link;
  }

  private boolean deleted(String name, OpenFile file, FileCapture to) {
    to.obstacle("the file was deleted", "close it");
    return false;
  }

  private static int mount(OpenFile file, CaptureContext context) {
    Mounts mounts = context.kind(Mounts.class).orElse(null);
    return mounts == null ? Mounts.NO_MOUNT : mounts.imageId(file.info().mountId());
  }

  private static boolean isExternal(OpenFile file, CaptureContext context) {
    for (External external : context.options().externals()) {
      if (external instanceof External.OpenFile(int mountId, long inode)
          && mountId == file.info().mountId()
          && inode == file.stat().inode()) {
        return true;
      }
    }
    return false;
  }

  private boolean leadsTo(String path, OpenFile file, CaptureContext context)
      throws StasisException {
    Stat found = stat(view.prefix(file.task(), context) + path, file);
    return found != null
        && found.inode() == file.stat().inode()
        && found.device().equals(file.stat().device());
  }

  /** The path has no links left in it, so a link at its end was opened as such. */
  private static @Nullable Stat stat(String path, OpenFile file) throws StasisException {
    try {
      return Stat.ofLink(null, path);
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR) || e.is(Errno.ENAMETOOLONG)) {
        return null;
      }
      throw new StasisException(file.task().describe(), "looking for " + file.describe(), "", e);
    }
  }

  private static ByteString bytes(String path) {
    return ByteString.copyFrom(KernelString.encode(path));
  }

  void close() throws StasisException {
    try {
      view.close();
    } catch (SyscallException e) {
      throw new StasisException("", "leaving mount namespaces", "", e);
    }
  }
}

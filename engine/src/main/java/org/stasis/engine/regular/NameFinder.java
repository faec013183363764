package org.stasis.engine.regular;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.External;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.Mounts;
import org.stasis.engine.spi.OpenFile;
import org.stasis.images.ImageKind;
import org.stasis.images.proto.RegFileEntry;
import org.stasis.images.proto.RemapFilePathEntry;
import org.stasis.images.proto.RemapType;
import org.stasis.linux.Device;
import org.stasis.linux.Errno;
import org.stasis.linux.FileHandle;
import org.stasis.linux.FileSystemStat;
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

  private static final String PROC = "/proc/";
  private static final String GHOST = ".ghost";
  private static final String GHOST_INFIX = ".cr.";

  private final MountView view = new MountView();
  private final Ghosts ghosts = new Ghosts();
  private final LinkRemaps links = new LinkRemaps();

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
    String name = withoutDeleted(link);
    entry.setNameBytes(bytes(name));
    int process = deadProcess(name, file);
    if (process > 0) {
      remap(file, process, RemapType.PROCFS, to);
      return true;
    }
    if (link.endsWith(DELETED) || file.stat().links() == 0) {
      return deleted(name, file, entry, to);
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

  private boolean deleted(String name, OpenFile file, RegFileEntry.Builder entry, FileCapture to)
      throws StasisException {
    boolean directory = file.stat().type() == Stat.S_IFDIR;
    if (file.stat().links() > 0 && !directory) {
      String prefix = view.prefix(file.task(), to);
      return links.capture(name, prefix, file, entry.getMntId(), to);
    }
    entry.setNameBytes(bytes(withoutGhost(name)));
    return ghosts.capture(file, to);
  }

  static void remap(OpenFile file, int target, RemapType type, CaptureContext to) {
    to.entry(
        ImageKind.REMAP_FPATH,
        RemapFilePathEntry.newBuilder()
            .setOrigId(file.id())
            .setRemapId(target)
            .setRemapType(type)
            .build());
  }

  /** What a restored ghost is called when its old name was taken. */
  private static String withoutGhost(String name) {
    int end = name.length() - GHOST.length();
    int start = name.lastIndexOf(GHOST_INFIX, end);
    if (!name.endsWith(GHOST) || start <= name.lastIndexOf('/') + 1) {
      return name;
    }
    for (int i = start + GHOST_INFIX.length(); i < end; i++) {
      if (Character.digit(name.charAt(i), 16) < 0) {
        return name;
      }
    }
    return name.substring(0, start);
  }

  /** The process whose file in /proc it was, 0 when it was none. */
  private static int deadProcess(String name, OpenFile file) throws StasisException {
    if (!name.startsWith(PROC)) {
      return 0;
    }
    int end = name.indexOf('/', PROC.length());
    String process = name.substring(PROC.length(), end < 0 ? name.length() : end);
    try {
      return FileSystemStat.of(file.duplicate()).type() == FileSystemStat.PROC_SUPER_MAGIC
          ? Integer.parseInt(process)
          : 0;
    } catch (NumberFormatException _) { // a file of the kernel's, not of a process
      return 0;
    } catch (SyscallException e) {
      throw new StasisException(file.task().describe(), "looking at " + file.describe(), "", e);
    }
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

  @Nullable OpenFile ghost(Device device, long inode, @Nullable FileHandle handle)
      throws StasisException {
    OpenFile file = ghosts.file(device, inode);
    try {
      return file != null || handle == null ? file : ghosts.file(handle);
    } catch (SyscallException e) {
      throw new StasisException("", "comparing deleted files", "", e);
    }
  }

  /** All files are known. */
  void captured(CaptureContext to) throws StasisException {
    ghosts.captured(to);
    links.captured(to);
    try {
      view.close();
    } catch (SyscallException e) {
      throw new StasisException("", "leaving mount namespaces", "", e);
    }
  }

  /** The tree runs on. */
  void takeBack() throws StasisException {
    links.takeBack();
  }

  /** The tree ends. */
  void keep() throws StasisException {
    links.close();
  }
}

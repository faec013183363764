package org.stasis.engine.regular;

import com.google.protobuf.ByteString;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.OpenFile;
import org.stasis.images.ImageKind;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.RegFileEntry;
import org.stasis.images.proto.RemapType;
import org.stasis.linux.Device;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.KernelString;
import org.stasis.linux.Names;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;

/**
 * Files that lost the name they were opened by and have others, in a dump: they are given a new
 * name, {@code link_remap.ID} in the same directory, until they are restored. The names are made
 * once everything has been surveyed, and taken back when the tree runs on.
 */
final class LinkRemaps {
  private final Map<Inode, Link> links = new LinkedHashMap<>();

  private record Inode(Device device, long number) {}

  /** A name to be made in an open directory. */
  private record Link(int id, OpenFile file, Fd directory, String name) {}

  /**
   * Notes a file.
   *
   * @param name by which it was opened
   * @param prefix how the engine reaches paths of its mount namespace
   * @param file which has other names
   * @param mountId of its mount, as in the images
   * @param to takes what the image needs, or the obstacle
   * @return whether it can be carried
   * @throws StasisException when no directory for the name can be opened
   */
  boolean capture(String name, String prefix, OpenFile file, int mountId, FileCapture to)
      throws StasisException {
    if (!to.options().linkRemap()) {
      to.obstacle(
          "the name it was opened by is gone, though it has others",
          "use --link-remap to give it one until the restore");
      return false;
    }
    Inode inode = new Inode(file.stat().device(), file.stat().inode());
    Link link = links.get(inode);
    if (link == null) {
      link = link(name, prefix, file, mountId, to);
      if (link == null) {
        return false;
      }
      links.put(inode, link);
    }
    NameFinder.remap(file, link.id(), RemapType.LINKED, to);
    return true;
  }

  /** The nearest directory above the old name that still is there, on the same mount. */
  private static @Nullable Link link(
      String name, String prefix, OpenFile file, int mountId, FileCapture to)
      throws StasisException {
    try {
      for (int slash = name.lastIndexOf('/');
          slash >= 0;
          slash = name.lastIndexOf('/', slash - 1)) {
        String directory = slash == 0 ? "/" : name.substring(0, slash);
        Fd fd = open(prefix + directory);
        if (fd == null) {
          continue;
        }
        if (fd.stat().mountId() != file.stat().mountId()) {
          fd.close();
          break;
        }
        int id = to.newFileId();
        String link = "link_remap." + id;
        describe(id, (slash == 0 ? "" : directory) + "/" + link, file, mountId, to);
        return new Link(id, file, fd, link);
      }
    } catch (SyscallException e) {
      throw new StasisException(
          file.task().describe(), "looking for a directory to link " + file.describe(), "", e);
    }
    to.obstacle("the name it was opened by is gone, and so is the directory of that name", "");
    return null;
  }

  private static @Nullable Fd open(String directory) throws SyscallException {
    try {
      return Fd.open(directory, Open.O_PATH | Open.O_DIRECTORY | Open.O_CLOEXEC);
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR)) {
        return null;
      }
      throw e;
    }
  }

  private static void describe(int id, String name, OpenFile file, int mountId, CaptureContext to)
      throws StasisException {
    Stat stat = file.stat();
    RegFileEntry.Builder entry =
        RegFileEntry.newBuilder()
            .setId(id)
            .setFlags(0)
            .setPos(0)
            .setFown(file.owner().toBuilder().setUid(0).setEuid(0).setSignum(0).setPid(0))
            .setNameBytes(ByteString.copyFrom(KernelString.encode(name)))
            .setMntId(mountId)
            .setMode(stat.mode());
    to.entry(
        ImageKind.FILES,
        FileEntry.newBuilder().setType(FdTypes.REG).setId(id).setReg(entry).build());
  }

  /**
   * Has the names made when everything has been surveyed.
   *
   * @param to takes the work
   */
  void captured(CaptureContext to) {
    if (!links.isEmpty()) {
      to.whenWriting(_ -> make());
    }
  }

  private void make() throws StasisException {
    for (Link link : links.values()) {
      try {
        Names.link(link.file().duplicate(), "", link.directory(), link.name(), Open.AT_EMPTY_PATH);
      } catch (SyscallException e) {
        throw new StasisException(
            link.file().task().describe(), "linking " + link.file().describe() + " anew", "", e);
      }
    }
  }

  /**
   * The tree runs on: the names go.
   *
   * @throws StasisException when one stays
   */
  void takeBack() throws StasisException {
    for (Link link : links.values()) {
      try {
        Names.unlink(link.directory(), link.name(), 0);
      } catch (SyscallException e) {
        if (!e.is(Errno.ENOENT)) { // it was not made yet
          throw new StasisException(
              link.file().task().describe(), "removing " + link.name(), "", e);
        }
      }
    }
    close();
  }

  /**
   * Closes what was held open.
   *
   * @throws StasisException when that fails
   */
  void close() throws StasisException {
    for (Link link : links.values()) {
      try {
        link.directory().close();
      } catch (SyscallException e) {
        throw new StasisException("", "closing a directory", "", e);
      }
    }
    links.clear();
  }
}

package org.stasis.engine.regular;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.ns.UserIds;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.OpenFile;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSetWriter;
import org.stasis.images.ImageWriter;
import org.stasis.images.proto.GhostChunkEntry;
import org.stasis.images.proto.GhostFileEntry;
import org.stasis.images.proto.RemapType;
import org.stasis.images.proto.Timeval;
import org.stasis.linux.Device;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.FileHandle;
import org.stasis.linux.KernelString;
import org.stasis.linux.Names;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;

/**
 * Files without a name left, in a dump: their content travels in the images. Several descriptions
 * of one file, maybe opened by different names, refer to one ghost.
 */
final class Ghosts {
  private static final int BLOCK = 512;
  private static final int MICRO = 1000;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;

  private final Map<Inode, Ghost> ghosts = new LinkedHashMap<>();

  private record Inode(Device device, long number) {}

  private record Ghost(int id, OpenFile file) {}

  /**
   * Notes a file.
   *
   * @param file without a name
   * @param to takes what the image needs, or the obstacle
   * @return whether it can be carried
   */
  boolean capture(OpenFile file, FileCapture to) {
    Stat stat = file.stat();
    if (stat.type() == Stat.S_IFSOCK) {
      to.obstacle("the name of a socket, which was deleted", "close it before the dump");
      return false;
    }
    long limit = to.options().ghostLimitBytes();
    if (stat.type() == Stat.S_IFREG && stat.blocks() * BLOCK > limit) {
      to.obstacle(
          "the file was deleted, and its "
              + stat.blocks() * BLOCK
              + " bytes are more than the "
              + limit
              + " that may travel in the images",
          "use --ghost-limit with a larger size");
      return false;
    }
    Inode inode = new Inode(stat.device(), stat.inode());
    Ghost ghost = ghosts.get(inode);
    if (ghost == null) {
      ghost = new Ghost(ghosts.size() + 1, file);
      ghosts.put(inode, ghost);
    }
    NameFinder.remap(file, ghost.id(), RemapType.GHOST, to);
    return true;
  }

  /** The first file that showed the ghost of an inode. */
  @Nullable OpenFile file(Device device, long inode) {
    Ghost ghost = ghosts.get(new Inode(device, inode));
    return ghost == null ? null : ghost.file();
  }

  /** The same, where the numbers that stat(2) tells are not those of the file system. */
  @Nullable OpenFile file(FileHandle handle) throws StasisException, SyscallException {
    for (Ghost ghost : ghosts.values()) {
      if (handle.leadsTo(ghost.file().duplicate(), "")) {
        return ghost.file();
      }
    }
    return null;
  }

  /**
   * Has the content of all ghosts written.
   *
   * @param to takes the work
   */
  void captured(CaptureContext to) {
    if (!ghosts.isEmpty()) {
      to.whenWriting(this::write);
    }
  }

  private void write(ImageSetWriter images) throws StasisException, IOException {
    for (Ghost ghost : ghosts.values()) {
      try (ImageWriter writer = images.open(ImageKind.GHOST_FILE, ghost.id())) {
        write(ghost.file(), writer);
      } catch (SyscallException e) {
        throw new StasisException(
            ghost.file().task().describe(), "reading " + ghost.file().describe(), "", e);
      }
    }
  }

  private static void write(OpenFile file, ImageWriter writer) throws StasisException, IOException {
    Stat stat = file.stat();
    UserIds ids = UserIds.of(file.task());
    GhostFileEntry.Builder entry =
        GhostFileEntry.newBuilder()
            .setUid(ids.user(stat.uid()))
            .setGid(ids.group(stat.gid()))
            .setMode(stat.mode())
            .setDev(stat.device().kernelEncoding())
            .setIno(stat.inode())
            .setAtim(time(stat.accessed()))
            .setMtim(time(stat.modified()));
    switch (stat.type()) {
      case Stat.S_IFREG -> {
        writeContent(file, entry, writer);
        return;
      }
      case Stat.S_IFCHR, Stat.S_IFBLK -> entry.setRdev((int) stat.represents().userEncoding());
      case Stat.S_IFLNK -> entry.setSymlnkTargetBytes(target(file));
      default -> {}
    }
    writer.write(entry.build());
  }

  private static Timeval time(Stat.Time time) {
    return Timeval.newBuilder().setTvSec(time.seconds()).setTvUsec(time.nanos() / MICRO).build();
  }

  private static ByteString target(OpenFile file) throws StasisException, SyscallException {
    return ByteString.copyFrom(KernelString.encode(Names.readLink(file.duplicate(), "")));
  }

  /** Without holes the bytes follow as they are; else each piece says where it belongs. */
  private static void writeContent(OpenFile file, GhostFileEntry.Builder entry, ImageWriter writer)
      throws StasisException, IOException {
    // a description of our own: the task's has the task's position, and may not be readable
    String path = "/proc/self/fd/" + file.duplicate().number();
    long size = file.stat().size();
    try (Fd own = Fd.open(path, Open.O_RDONLY | Open.O_CLOEXEC | Open.O_NOATIME);
        FileChannel content = FileChannel.open(Path.of(path))) {
      List<GhostChunkEntry> chunks = chunks(own, size);
      boolean whole =
          chunks.size() == 1
              && chunks.getFirst().getOff() == 0
              && chunks.getFirst().getLen() == size;
      if (whole || size == 0) {
        writer.write(entry.setSize(size).build());
        writer.writePayload(content, 0, size);
        return;
      }
      writer.write(entry.setSize(size).setChunks(true).build());
      for (GhostChunkEntry chunk : chunks) {
        writer.writeRecord(chunk);
        writer.writePayload(content, chunk.getOff(), chunk.getLen());
      }
    }
  }

  private static List<GhostChunkEntry> chunks(Fd file, long size) throws SyscallException {
    List<GhostChunkEntry> chunks = new ArrayList<>();
    for (long data = seek(file, 0, SEEK_DATA, size); data < size; ) {
      long hole = seek(file, data, SEEK_HOLE, size);
      chunks.add(GhostChunkEntry.newBuilder().setOff(data).setLen(hole - data).build());
      data = seek(file, hole, SEEK_DATA, size);
    }
    return chunks;
  }

  private static long seek(Fd file, long from, int whence, long size) throws SyscallException {
    try {
      return from >= size ? size : Math.min(file.seek(from, whence), size);
    } catch (SyscallException e) {
      if (e.is(Errno.ENXIO)) {
        return size;
      }
      throw e;
    }
  }
}

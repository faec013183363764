package org.stasis.engine.memfd;

import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.memory.SharedContent;
import org.stasis.engine.ns.UserIds;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.OpenFile;
import org.stasis.images.ImageKind;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.MemfdFileEntry;
import org.stasis.images.proto.MemfdInodeEntry;
import org.stasis.linux.Device;
import org.stasis.linux.Fcntl;
import org.stasis.linux.FileSystemStat;
import org.stasis.linux.KernelString;
import org.stasis.linux.Memfd;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;

/**
 * Memory files. Descriptions and mappings of one file refer to its inode entry; its content is
 * shared memory like any other.
 */
public final class Memfds implements FileKind {
  private static final String PREFIX = "/memfd:";
  private static final String DELETED = " (deleted)";

  /** What the kernel calls the files behind shared anonymous mappings. */
  private static final String ANONYMOUS = "/dev/zero";

  private static final String ANONYMOUS_HUGE = "/anon_hugepage";
  private static final int HUGE_SHIFT = 26;

  private final SharedContent content = new SharedContent();
  private final Map<Inode, Integer> captured = new HashMap<>();
  private @Nullable Map<Integer, MemfdInodeEntry> read;

  private record Inode(Device device, long number) {}

  @Override
  public Set<FdTypes> types() {
    return Set.of(FdTypes.MEMFD);
  }

  @Override
  public boolean claims(OpenFile file) {
    String link = file.link();
    return link.endsWith(DELETED)
        && (link.startsWith(PREFIX)
            || link.equals(ANONYMOUS + DELETED)
            || link.equals(ANONYMOUS_HUGE + DELETED))
        && file.stat().type() == Stat.S_IFREG
        && file.stat().links() == 0
        && (file.flags() & Open.O_PATH) == 0;
  }

  private static String name(String link) {
    int start = link.startsWith(PREFIX) ? PREFIX.length() : 0;
    return link.substring(start, link.length() - DELETED.length());
  }

  @Override
  public void capture(OpenFile file, FileCapture to) throws StasisException {
    Inode inode = new Inode(file.stat().device(), file.stat().inode());
    Integer id = captured.get(inode);
    if (id == null) {
      id = captured.size() + 1;
      captured.put(inode, id);
      try {
        captureInode(id, file, to);
      } catch (SyscallException e) {
        throw new StasisException(file.task().describe(), "asking about " + file.describe(), "", e);
      }
    }
    to.entry(
        FileEntry.newBuilder()
            .setType(FdTypes.MEMFD)
            .setId(file.id())
            .setMemfd(
                MemfdFileEntry.newBuilder()
                    .setId(file.id())
                    .setFlags(file.flags())
                    .setPos(file.info().pos())
                    .setFown(file.owner())
                    .setInodeId(id)));
  }

  private void captureInode(int id, OpenFile file, FileCapture to)
      throws StasisException, SyscallException {
    Stat stat = file.stat();
    UserIds ids = UserIds.of(file.task());
    MemfdInodeEntry.Builder entry =
        MemfdInodeEntry.newBuilder()
            .setNameBytes(
                com.google.protobuf.ByteString.copyFrom(KernelString.encode(name(file.link()))))
            .setUid(ids.user(stat.uid()))
            .setGid(ids.group(stat.gid()))
            .setSize(stat.size())
            .setShmid((int) stat.inode())
            .setSeals(Fcntl.getSeals(file.duplicate()))
            .setInodeId(id)
            .setMode(stat.mode());
    FileSystemStat system = FileSystemStat.of(file.duplicate());
    if (system.type() == FileSystemStat.HUGETLBFS_MAGIC) {
      int log2 = Long.numberOfTrailingZeros(system.blockSize());
      entry.setHugetlbFlag(Memfd.MFD_HUGETLB | log2 << HUGE_SHIFT);
    }
    to.entry(ImageKind.MEMFD_INODE, entry.build());
    content.register(
        Integer.toUnsignedLong((int) stat.inode()),
        file.duplicate(),
        stat.size(),
        file.task().describe(),
        file.describe());
  }

  @Override
  public void captured(CaptureContext to) {
    content.captured(to);
  }

  @Override
  public List<String> clusters(FileEntry entry) {
    return List.of("memfd " + Integer.toUnsignedString(entry.getMemfd().getInodeId()));
  }

  @Override
  public void plan(Collection<FileEntry> cluster, FilePlanner planner) throws StasisException {
    if (read == null) {
      read = read(planner);
    }
    MemfdFileEntry first = cluster.iterator().next().getMemfd();
    MemfdInodeEntry inode = read.get(first.getInodeId());
    if (inode == null) {
      throw new StasisException(
          planner.describe(planner.task()),
          "restoring file " + first.getId(),
          "memfd.img has no inode " + Integer.toUnsignedString(first.getInodeId()),
          0,
          "The images are damaged.",
          null);
    }
    new MemfdPlan(inode, planner).plan(cluster);
  }

  private static Map<Integer, MemfdInodeEntry> read(FilePlanner planner) throws StasisException {
    Map<Integer, MemfdInodeEntry> inodes = new HashMap<>();
    try {
      for (MemfdInodeEntry inode :
          planner.images().all(ImageKind.MEMFD_INODE, MemfdInodeEntry.parser())) {
        inodes.put((int) inode.getInodeId(), inode);
      }
      return inodes;
    } catch (IOException e) {
      throw new StasisException("", "reading memory files", e.getMessage(), 0, "", e);
    }
  }
}

package org.stasis.engine.capture;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.stasis.engine.Obstacle;
import org.stasis.engine.StasisException;
import org.stasis.engine.locks.FileLocks;
import org.stasis.engine.locks.FileLocks.Descriptor;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.FileKind;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Kcmp;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.FdInfo;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

/**
 * All open files of the tree, each once: descriptors that refer to the same open file description
 * (kcmp(2)) get the same id. Kinds describe them.
 */
final class FileTable {
  private final List<FileKind> kinds;
  private final CaptureContext context;
  private final FileOwners owners;
  private final Map<Integer, FdTypes> types = new HashMap<>();
  private final Map<Integer, FileEntry> entries = new LinkedHashMap<>();
  private final KnownFiles known = new KnownFiles();
  private final Map<Use, Integer> byUse = new HashMap<>();
  private final Map<Long, Integer> byInode = new HashMap<>();
  private final Map<Integer, Map<Integer, Integer>> byDescriptor = new HashMap<>();
  private final List<CapturedFile> files = new ArrayList<>();
  private final Set<Integer> locked = new HashSet<>();
  private final RecordLocks recordLocks;
  private int next = 1;

  /** A file used without a descriptor: two uses of one file may share an id. */
  private record Use(long device, long inode, int flags, long mount, String link) {}

  FileTable(List<FileKind> kinds, CaptureContext context, List<SeizedTask> tasks) {
    this.kinds = kinds;
    this.context = context;
    this.owners = new FileOwners(tasks);
    this.recordLocks = new RecordLocks(tasks);
  }

  /**
   * Captures all descriptors of a task.
   *
   * @param task stopped
   * @return its descriptors, ascending
   * @throws StasisException when one cannot be looked at
   */
  DescriptorTable capture(SeizedTask task) throws StasisException {
    DescriptorTable table = new DescriptorTable();
    Map<Integer, Integer> ids = byDescriptor.computeIfAbsent(task.pid(), _ -> new HashMap<>());
    try {
      for (int fd : task.proc().fds()) {
        OptionalInt same = idInParent(task, fd);
        if (same.isPresent()) {
          ids.put(fd, same.getAsInt());
          FdTypes type = types.get(same.getAsInt());
          if (type != null) {
            table.addUnasked(fd, same.getAsInt(), type);
          }
          continue;
        }
        FdInfo info = task.proc().fdInfo(fd);
        int id = capture(task, fd, info);
        ids.put(fd, id);
        if (!info.locks().isEmpty()) {
          locked.add(id);
          captureLocks(new Descriptor(task, fd, id, describe(task, fd)), info);
        }
        FdTypes type = types.get(id);
        if (type != null) {
          table.add(fd, id, type, (info.flags() & Open.O_CLOEXEC) != 0);
        }
      }
      return table;
    } catch (SyscallException e) {
      throw new StasisException(task.describe(), "listing its descriptors", "", e);
    }
  }

  /**
   * What the task still has from its parent, under the same number: one comparison instead of all
   * that proc(5) tells of a descriptor. Record locks belong to tasks, so where there are some, all
   * descriptors are looked at.
   */
  private OptionalInt idInParent(SeizedTask task, int fd) throws SyscallException {
    SeizedTask parent = task.parent();
    Map<Integer, Integer> parents = parent == null ? null : byDescriptor.get(parent.pid());
    Integer id = parents == null ? null : parents.get(fd);
    if (id == null || locked.contains(id) || recordLocks.held()) {
      return OptionalInt.empty();
    }
    return Kcmp.compareFiles(parent.pid(), fd, task.pid(), fd) == 0
        ? OptionalInt.of(id)
        : OptionalInt.empty();
  }

  private static String describe(SeizedTask task, int fd) throws SyscallException {
    return "fd " + fd + " " + task.proc().fdLink(fd);
  }

  private void captureLocks(Descriptor descriptor, FdInfo info) {
    context.kind(FileLocks.class).orElseThrow().capture(descriptor, info.locks(), context);
  }

  private int capture(SeizedTask task, int fd, FdInfo info)
      throws StasisException, SyscallException {
    String path = "fd/" + fd;
    Stat stat = Stat.of(null, "/proc/" + task.pid() + "/" + path);
    KnownFiles.Descriptor descriptor = new KnownFiles.Descriptor(task.pid(), fd);
    CapturedFile same = known.find(descriptor, stat, info);
    if (same != null) {
      return same.id();
    }
    CapturedFile file =
        new CapturedFile(next++, task, fd, path, task.proc().fdLink(fd), stat, info, owners);
    known.add(descriptor, file);
    describe(file);
    return file.id();
  }

  /** A file that a task uses without a descriptor. */
  int capture(SeizedTask task, String procPath, int flags) throws StasisException {
    try {
      String path = "/proc/" + task.pid() + "/" + procPath;
      Stat stat = Stat.of(null, path);
      String link = task.proc().link(procPath);
      Use use = new Use(stat.device().kernelEncoding(), stat.inode(), flags, stat.mountId(), link);
      Integer same = byUse.get(use);
      if (same != null) {
        return same;
      }
      FdInfo info = new FdInfo(0, flags, (int) stat.mountId(), stat.inode(), List.of(), List.of());
      CapturedFile file = new CapturedFile(next++, task, -1, procPath, link, stat, info, owners);
      byUse.put(use, file.id());
      describe(file);
      return file.id();
    } catch (SyscallException e) {
      throw new StasisException(task.describe(), "looking at its " + procPath, "", e);
    }
  }

  /** A file found in a queue; the table takes the duplicate over. */
  int capture(SeizedTask task, Fd duplicate) throws StasisException {
    KnownFiles.Descriptor descriptor = KnownFiles.Descriptor.own(duplicate.number());
    try (ProcFs proc = ProcFs.open();
        ProcTask engine = proc.task(descriptor.pid())) {
      FdInfo info = engine.fdInfo(duplicate.number());
      Stat stat = duplicate.stat();
      CapturedFile same = known.find(descriptor, stat, info);
      if (same != null) {
        duplicate.close();
        return same.id();
      }
      String link = engine.fdLink(duplicate.number());
      if (!info.locks().isEmpty()) { // which the images can only say of a descriptor
        context.obstacle(
            new Obstacle(
                task.describe(),
                "a file in a queue, " + link,
                "it holds a file lock, and no task of the tree has it open",
                "have it received before the dump"));
      }
      CapturedFile file =
          new CapturedFile(next++, task, -1, "queue", link, stat, info, owners).with(duplicate);
      known.add(descriptor, file);
      describe(file);
      return file.id();
    } catch (SyscallException e) {
      throw new StasisException(task.describe(), "looking at a file in a queue", "", e);
    }
  }

  private void describe(CapturedFile file) throws StasisException {
    files.add(file);
    byInode.putIfAbsent(file.stat().inode(), file.id());
    for (FileKind kind : kinds) {
      if (kind.claims(file)) {
        Taking taking = new Taking(context, file);
        kind.capture(file, taking);
        if (file.stranger() != 0) {
          taking.obstacle(
              "it signals process or group "
                  + file.stranger()
                  + ", which is outside of the tree, when something can be read",
              "set another owner, or none, before the dump: F_SETOWN of fcntl(2)");
        }
        return;
      }
    }
    throw new AssertionError("no kind claims " + file.describe());
  }

  /** Takes what a kind says of one file. */
  private final class Taking extends CaptureContextView implements FileCapture {
    private final CapturedFile file;

    Taking(CaptureContext context, CapturedFile file) {
      super(context);
      this.file = file;
    }

    @Override
    public void entry(FileEntry.Builder entry) {
      FileEntry built = entry.setId(file.id()).build();
      entries.put(file.id(), built);
      types.put(file.id(), built.getType());
    }

    @Override
    public void obstacle(String reason, String remedy) {
      obstacle(new Obstacle(file.task().describe(), file.describe(), reason, remedy));
    }
  }

  /** An id for an entry that stands for no open file. */
  int newId() {
    return next++;
  }

  OptionalInt id(SeizedTask task, int fd) {
    Integer id = byDescriptor.getOrDefault(task.pid(), Map.of()).get(fd);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  OptionalInt idOfInode(long inode) {
    Integer id = byInode.get(inode);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** For files.img, by id. */
  Iterable<FileEntry> entries() {
    return entries.values();
  }

  /** Closes what kinds have had duplicated. */
  void close() throws SyscallException {
    SyscallException failure = null;
    for (CapturedFile file : files) {
      try {
        file.close();
      } catch (SyscallException e) {
        if (failure == null && !e.is(Errno.EBADF)) {
          failure = e;
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}

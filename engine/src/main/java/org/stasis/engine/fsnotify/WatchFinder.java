package org.stasis.engine.fsnotify;

import com.google.protobuf.ByteString;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.ns.NamespaceThread;
import org.stasis.engine.regular.MountView;
import org.stasis.engine.regular.RegularFiles;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.Mounts;
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.TaskView;
import org.stasis.images.proto.FhEntry;
import org.stasis.linux.Device;
import org.stasis.linux.Directory;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.FileHandle;
import org.stasis.linux.KernelString;
import org.stasis.linux.Names;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;
import org.stasis.linux.ThreadNamespaces;
import org.stasis.linux.proc.MountEntry;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

/**
 * Finds paths to watched inodes: through the file's handle where the file system opens those, else
 * by looking through directories.
 */
final class WatchFinder implements AutoCloseable {
  private static final int HANDLE_WORDS = 16;

  /** The tree stands still meanwhile. */
  private static final int MOST_NAMES = 200_000;

  private static final List<String> LIKELY =
      List.of("/etc", "/var/log", "/var/spool", "/run", "/usr/share/dbus-1", "/usr/lib/udev");

  private final CaptureContext context;
  private final MountView view = new MountView();
  private final Map<Integer, List<MountEntry>> mounts = new HashMap<>();

  /**
   * What is watched.
   *
   * @param device of its file system
   * @param inode of the file
   * @param handle how to open it; null when its file system has none
   */
  record Watched(Device device, long inode, @Nullable FileHandle handle) {}

  /**
   * What is watched, as images have it.
   *
   * @param device of its file system, or of its ghost
   * @param inode of the file, or of its ghost
   * @param handle with a path, unless it is a ghost
   */
  record Target(int device, long inode, FhEntry handle) {}

  /**
   * A path to a watched file.
   *
   * @param path in the mount namespace of the task
   * @param mountId as the images have it
   */
  record Location(String path, int mountId) {}

  WatchFinder(CaptureContext context) {
    this.context = context;
  }

  /**
   * Says what is watched, or reports that it cannot be said.
   *
   * @param watched the file
   * @param as how it is called, such as {@code "which it watches as 3"}
   * @param file the watching descriptor
   * @param to takes the obstacle
   * @return null when there is one
   * @throws StasisException when the task's mounts cannot be looked into
   * @throws SyscallException when something cannot be looked at
   */
  @Nullable Target target(Watched watched, String as, OpenFile file, FileCapture to)
      throws StasisException, SyscallException {
    FhEntry.Builder handle = handle(watched.handle());
    OpenFile deleted = deleted(watched);
    if (deleted != null) { // no path: it is known by what its ghost says it was
      Stat stat = deleted.stat();
      return new Target(stat.device().kernelEncoding(), stat.inode(), handle.build());
    }
    Location found = find(watched, file.task());
    if (found == null) {
      refuse(watched, as, to);
      return null;
    }
    handle
        .setPathBytes(ByteString.copyFrom(KernelString.encode(found.path())))
        .setMntId(found.mountId());
    return new Target(watched.device().kernelEncoding(), watched.inode(), handle.build());
  }

  private @Nullable OpenFile deleted(Watched watch) throws StasisException {
    RegularFiles files = context.kind(RegularFiles.class).orElse(null);
    return files == null
        ? null
        : files.deleted(watch.device(), watch.inode(), watch.handle()).orElse(null);
  }

  private static void refuse(Watched watch, String as, FileCapture to) {
    to.obstacle(
        "no path was found to inode "
            + watch.inode()
            + " of device "
            + watch.device().major()
            + ":"
            + watch.device().minor()
            + ", "
            + as,
        "use --irmap-scan-path with a directory that it is in or below; if it was deleted and only"
            + " processes outside of the tree have it open, end them");
  }

  private static FhEntry.Builder handle(@Nullable FileHandle handle) {
    FhEntry.Builder entry = FhEntry.newBuilder().setBytes(0).setType(0);
    byte[] bytes = handle == null ? new byte[0] : handle.handle();
    if (handle != null) {
      entry.setBytes(bytes.length).setType(handle.type());
    }
    for (int word = 0; word < HANDLE_WORDS; word++) {
      long value = 0;
      for (int i = 0; i < Long.BYTES && word * Long.BYTES + i < bytes.length; i++) {
        value |= (bytes[word * Long.BYTES + i] & 0xffL) << 8 * i;
      }
      entry.addHandle(value);
    }
    return entry;
  }

  /** Looks for a path, null when none was found. */
  private @Nullable Location find(Watched watch, TaskView task)
      throws StasisException, SyscallException {
    String prefix = view.prefix(task, context);
    List<MountEntry> candidates = new ArrayList<>();
    for (MountEntry mount : mounts(task)) {
      if (mount.device().equals(watch.device())) {
        candidates.add(mount);
      }
    }
    List<String> starts = new ArrayList<>(context.options().irmapScanPaths());
    if (!context.options().forceIrmap()) {
      for (MountEntry mount : candidates) {
        String path = byHandle(watch.handle(), mount, prefix);
        if (path != null && leadsTo(watch, prefix + path)) {
          return location(path, mount);
        }
        if (path != null && path.lastIndexOf('/') > 0) { // a name it had: maybe it has others there
          starts.add(path.substring(0, path.lastIndexOf('/')));
        }
      }
    }
    starts.addAll(LIKELY);
    return bySearch(watch, starts, candidates, prefix);
  }

  private Location location(String path, MountEntry mount) {
    int id = context.kind(Mounts.class).map(all -> all.imageId(mount.id())).orElse(Mounts.NO_MOUNT);
    return new Location(path, id);
  }

  /**
   * A mount that a task sees.
   *
   * @param id as {@code /proc} says
   * @param task one of the tree
   * @return null when it is in no place there
   * @throws SyscallException when its mounts cannot be read
   */
  @Nullable MountEntry mount(int id, TaskView task) throws SyscallException {
    for (MountEntry mount : mounts(task)) {
      if (mount.id() == id) {
        return mount;
      }
    }
    return null;
  }

  private List<MountEntry> mounts(TaskView task) throws SyscallException {
    List<MountEntry> known = mounts.get(task.pid());
    if (known == null) {
      try (ProcFs proc = ProcFs.open();
          ProcTask own = proc.task(task.pid())) {
        known = own.mounts();
      }
      mounts.put(task.pid(), known);
    }
    return known;
  }

  private static @Nullable String byHandle(
      @Nullable FileHandle handle, MountEntry mount, String prefix) throws SyscallException {
    if (handle == null) {
      return null;
    }
    try (Fd root = Fd.open(prefix + mount.mountPoint(), Open.O_PATH | Open.O_CLOEXEC)) {
      if (root.stat().type() != Stat.S_IFDIR) {
        return null;
      }
      return NamespaceThread.call(List.of(), () -> path(handle, root));
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT)
          || e.is(Errno.ESTALE)
          || e.is(Errno.EOPNOTSUPP)
          || e.is(Errno.EPERM)
          || e.is(Errno.EINVAL)) {
        return null; // hidden, gone, or a file system without handles
      }
      throw e;
    }
  }

  /** Through the working directory: a mount that is opened for it could itself be watched. */
  private static String path(FileHandle handle, Fd mount) throws SyscallException {
    ThreadNamespaces.changeDirectory(mount);
    try (Fd file = handle.open(null, Open.O_PATH | Open.O_CLOEXEC)) {
      return Names.readLink(null, "/proc/self/fd/" + file.number());
    }
  }

  /** The device that stat(2) tells need not be the file system's, so handles are compared too. */
  private static boolean leadsTo(Watched watch, String path) throws SyscallException {
    FileHandle handle = watch.handle();
    try {
      Stat stat = Stat.ofLink(null, path);
      boolean same = stat.inode() == watch.inode() && stat.device().equals(watch.device());
      return same || (handle != null && handle.leadsTo(null, path));
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR) || e.is(Errno.EACCES)) {
        return false;
      }
      throw e;
    }
  }

  private @Nullable Location bySearch(
      Watched watch, List<String> starts, List<MountEntry> mounts, String prefix)
      throws SyscallException {
    for (MountEntry mount : mounts.reversed()) { // what is mounted on others is smaller than they
      starts.add(mount.mountPoint());
    }
    Deque<String> todo = new ArrayDeque<>();
    int left = MOST_NAMES;
    for (String start : starts) {
      MountEntry mount = mountOf(start, mounts, prefix);
      if (mount == null) {
        continue;
      }
      if (leadsTo(watch, prefix + start)) {
        return location(start, mount);
      }
      boolean compareAll = mount.fsType().startsWith("overlay"); // its names tell other inodes
      todo.add(start);
      while (!todo.isEmpty() && left > 0) {
        String directory = todo.remove();
        for (Directory.Entry entry : list(prefix + directory, mount.id())) {
          left--;
          String path = directory.equals("/") ? "/" + entry.name() : directory + "/" + entry.name();
          if ((compareAll || entry.inode() == watch.inode()) && leadsTo(watch, prefix + path)) {
            return location(path, mount);
          }
          if (entry.type() == Directory.DT_DIR) {
            todo.add(path);
          }
        }
      }
    }
    return null;
  }

  /** The mount among them that a directory is on. */
  private static @Nullable MountEntry mountOf(
      String directory, List<MountEntry> mounts, String prefix) throws SyscallException {
    try {
      long id = Stat.of(null, prefix + directory).mountId();
      for (MountEntry mount : mounts) {
        if (mount.id() == id) {
          return mount;
        }
      }
      return null;
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR) || e.is(Errno.EACCES)) {
        return null;
      }
      throw e;
    }
  }

  /** Nothing for what is on another mount, or gone by now. */
  private static List<Directory.Entry> list(String directory, int mountId) throws SyscallException {
    try (Fd fd = Fd.openDirectory(directory)) {
      return fd.stat().mountId() == mountId ? Directory.list(fd) : List.of();
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR) || e.is(Errno.EACCES) || e.is(Errno.ELOOP)) {
        return List.of();
      }
      throw e;
    }
  }

  @Override
  public void close() throws SyscallException {
    view.close();
  }
}

package org.stasis.shim.runc;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.stasis.images.proto.CriuOpts;
import org.stasis.images.proto.ExtMountMap;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.MountEntry;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

/**
 * What of a container comes from outside and is named in its images instead of being written to
 * them: bind mounts, mounts of control groups, masked files, device nodes, given namespaces. The
 * names are those that its runtime looks for when it restores.
 */
final class ExternalResources {
  private static final String NULL_DEVICE = "/dev/null";
  private static final String EMPTY_FOLDER = ".empty-directory";

  private final Container container;
  private final Path rootfs;
  private final Map<String, String> mounts = new LinkedHashMap<>();

  /**
   * Prepares to look.
   *
   * @param container whose
   * @param rootfs its root directory, openable by this process
   */
  ExternalResources(Container container, Path rootfs) {
    this.container = container;
    this.rootfs = rootfs;
  }

  /**
   * Finds all and adds it to the options of a dump.
   *
   * @throws RuntimeFailure when a path of the specification cannot be followed
   * @throws SyscallException when the container has ended
   */
  void addTo(CriuOpts.Builder options) throws RuntimeFailure, SyscallException {
    try (ProcFs proc = ProcFs.open();
        ProcTask init = proc.task(container.pid())) {
      for (String destination : container.bindMounts()) {
        String path = RootfsPath.resolve(rootfs, destination);
        mounts.put(path, path);
      }
      List<MountEntry> all = init.mounts();
      cgroups(all);
      try (Fd root = init.open("root", Open.O_PATH | Open.O_CLOEXEC)) {
        for (String path : container.maskedPaths()) {
          masked(path, root, all);
        }
      }
      for (String path : container.devices()) {
        mounts.putIfAbsent(path, path);
      }
      namespaces(init, options);
    }
    mounts.forEach(
        (key, value) ->
            options.addExtMnt(ExtMountMap.newBuilder().setKey(key).setVal(value).build()));
  }

  /** Those of cgroup v1 show the host's groups: the runtime binds them anew. */
  private void cgroups(List<MountEntry> all) throws RuntimeFailure {
    if (container.cgroupMount().isEmpty()) {
      return;
    }
    String below = RootfsPath.resolve(rootfs, container.cgroupMount().get()) + "/";
    for (MountEntry mount : all) {
      if (mount.fsType().equals("cgroup") && mount.mountPoint().startsWith(below)) {
        mounts.put(mount.mountPoint(), mount.mountPoint());
      }
    }
  }

  private void masked(String path, Fd root, List<MountEntry> all) throws SyscallException {
    switch (container.maker()) {
      case RUNC, YOUKI -> {
        if (isFile(root, path)) {
          mounts.putIfAbsent(path, NULL_DEVICE);
        }
      }
      case CRUN -> {
        if (Files.isRegularFile(Path.of(path))) {
          mounts.putIfAbsent(path, path);
        } else if (isBoundEmptyFolder(path, all)) {
          String empty = container.folder().resolveSibling(EMPTY_FOLDER).toString();
          mounts.putIfAbsent(path, empty);
          mounts.putIfAbsent(empty, empty);
        }
      }
    }
  }

  /** Whether it is there, seen from the container's root, and no folder. */
  private static boolean isFile(Fd root, String path) throws SyscallException {
    String relative = path.startsWith("/") ? path.substring(1) : path;
    int flags = Open.O_PATH | Open.O_CLOEXEC;
    try (Fd file = root.openAt2(relative, flags, 0, Open.RESOLVE_IN_ROOT)) {
      return (file.stat().mode() & Stat.S_IFMT) != Stat.S_IFDIR;
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR)) {
        return false;
      }
      throw e;
    }
  }

  /** Newer crun hides folders behind an empty one of its own, older crun behind a tmpfs. */
  private static boolean isBoundEmptyFolder(String path, List<MountEntry> all) {
    for (MountEntry mount : all) {
      if (mount.mountPoint().equals(path) && mount.root().endsWith("/" + EMPTY_FOLDER)) {
        return true;
      }
    }
    return false;
  }

  private void namespaces(ProcTask init, CriuOpts.Builder options) throws SyscallException {
    if (container.netNamespaceGiven()) {
      options.addExternal("net[" + init.namespace("net") + "]:extRootNetNS");
    }
    if (container.pidNamespaceGiven()) {
      options.addExternal("pid[" + init.namespace("pid") + "]:extRootPidNS");
    }
  }
}

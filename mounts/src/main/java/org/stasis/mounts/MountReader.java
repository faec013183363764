package org.stasis.mounts;

import java.util.ArrayList;
import java.util.List;
import org.stasis.engine.ns.NamespaceThread;
import org.stasis.linux.Directory;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.MountApi;
import org.stasis.linux.Open;
import org.stasis.linux.Processes;
import org.stasis.linux.SyscallException;
import org.stasis.linux.ThreadNamespaces;
import org.stasis.linux.proc.MountEntry;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

/** Looks at the mounts of another task, from where it sees them. */
final class MountReader {
  private static final int READ = Open.O_RDONLY | Open.O_CLOEXEC;

  private MountReader() {}

  /**
   * The mounts of a task's namespace.
   *
   * @param pid the task
   * @param ownCgroups whether it lives in another cgroup namespace: what mounts of control groups
   *     show is told relative to the reader's
   * @return all of them, also those that a task whose root was changed can't see
   */
  static List<MountEntry> of(int pid, boolean ownCgroups) throws SyscallException {
    try (ProcFs proc = ProcFs.open();
        ProcTask task = proc.task(pid)) {
      boolean rooted = task.link("root").equals("/");
      if (rooted && !ownCgroups) {
        return task.mounts();
      }
      List<Fd> namespaces = new ArrayList<>();
      try {
        if (ownCgroups) {
          namespaces.add(task.open("ns/cgroup", READ));
        }
        if (rooted) {
          return NamespaceThread.call(namespaces, task::mounts);
        }
        namespaces.add(task.open("ns/mnt", READ)); // enters its root
        List<MountEntry> unused = task.mounts(); // no class is to be looked for from there
        return unused.isEmpty() ? unused : NamespaceThread.call(namespaces, () -> ownMounts(proc));
      } finally {
        closeAll(namespaces);
      }
    }
  }

  private static List<MountEntry> ownMounts(ProcFs proc) throws SyscallException {
    try (ProcTask self = proc.task(Processes.selfThread())) {
      return self.mounts();
    }
  }

  /** Whether a directory of the task's is empty. */
  static boolean isEmpty(int pid, String path) throws SyscallException {
    try (Fd directory = Fd.openDirectory("/proc/" + pid + "/root" + path)) {
      return Directory.list(directory).isEmpty();
    }
  }

  /**
   * Root directories of file systems, as they are without what is mounted over them.
   *
   * @param pid a task that has them mounted
   * @param mounts all of its mounts
   * @param wanted those whose file systems are wanted, each the root of its file system
   * @return their roots, in the same order; the caller closes them
   */
  static List<Fd> roots(int pid, MountTable mounts, List<MountEntry> wanted)
      throws SyscallException {
    try (ProcFs proc = ProcFs.open();
        ProcTask task = proc.task(pid);
        Fd namespace = task.open("ns/mnt", READ)) {
      List<Fd> roots = new ArrayList<>();
      try {
        NamespaceThread.callInMounts(namespace, root -> cloneVisible(root, mounts, wanted, roots));
        for (MountEntry mount : wanted) {
          if (!isClonable(mounts, mount)) {
            List<MountEntry> hiding = mounts.hiding(mount);
            Fd root = NamespaceThread.callInMounts(namespace, _ -> uncover(mount, hiding));
            roots.add(wanted.indexOf(mount), root);
          }
        }
        return roots;
      } catch (SyscallException e) {
        closeAll(roots);
        throw e;
      }
    }
  }

  private static boolean cloneVisible(
      Fd root, MountTable mounts, List<MountEntry> wanted, List<Fd> roots) throws SyscallException {
    for (MountEntry mount : wanted) {
      if (isClonable(mounts, mount)) {
        roots.add(clone(root, mount));
      }
    }
    return true;
  }

  private static boolean isClonable(MountTable mounts, MountEntry mount) {
    return !mount.unbindable() && !mounts.isHidden(mount);
  }

  private static Fd clone(Fd root, MountEntry mount) throws SyscallException {
    try (Fd place = open(root, mount)) {
      int flags = MountApi.OPEN_TREE_CLONE | Open.AT_EMPTY_PATH;
      Fd clone = MountApi.openTree(place, "", flags);
      if (!clone.stat().device().equals(mount.device())) {
        clone.close();
        throw new SyscallException("open_tree " + mount.mountPoint(), Errno.ESTALE.number());
      }
      return clone;
    }
  }

  private static Fd open(Fd root, MountEntry mount) throws SyscallException {
    String path = Paths.relative(mount.mountPoint(), "/");
    int resolve = Open.RESOLVE_IN_ROOT | Open.RESOLVE_NO_MAGICLINKS;
    return root.openAt2(path, Open.O_PATH | Open.O_CLOEXEC, 0, resolve);
  }

  /**
   * Takes away what hides or guards a mount, in a copy of the namespace that this thread alone has.
   */
  private static Fd uncover(MountEntry mount, List<MountEntry> hiding) throws SyscallException {
    ThreadNamespaces.unshare(ThreadNamespaces.CLONE_NEWNS);
    try (Fd copy = Fd.open("/proc/thread-self/ns/mnt", READ)) {
      return NamespaceThread.callInMounts(
          copy,
          copiedRoot -> {
            MountApi.changePropagation(
                "/proc/self/fd/" + copiedRoot.number(), MountApi.MS_REC | MountApi.MS_PRIVATE);
            for (MountEntry over : hiding.reversed()) {
              try (Fd place = open(copiedRoot, over)) {
                MountApi.unmount("/proc/self/fd/" + place.number(), MountApi.MNT_DETACH);
              }
            }
            return clone(copiedRoot, mount);
          });
    }
  }

  private static void closeAll(List<Fd> descriptors) throws SyscallException {
    for (Fd each : descriptors) {
      each.close();
    }
  }
}

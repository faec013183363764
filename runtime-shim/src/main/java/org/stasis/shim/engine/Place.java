package org.stasis.shim.engine;

import org.jspecify.annotations.Nullable;
import org.stasis.linux.Device;
import org.stasis.linux.Names;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;

/**
 * Where a process lives: all its namespaces and its root directory. An engine serves only callers
 * of its own place: there a path, a pid, a user, a cgroup or a network device is the same thing to
 * both.
 *
 * @param namespaces what the links in {@code /proc/PID/ns} say
 * @param rootDevice the device of its root directory
 * @param rootInode the inode of its root directory
 * @param rootMount the mount its root directory is on
 */
record Place(String namespaces, Device rootDevice, long rootInode, long rootMount) {
  private static final String[] NAMESPACES = {
    "mnt", "pid", "user", "net", "cgroup", "ipc", "uts", "time"
  };
  private static final int INIT = 1;
  private static final int KTHREADD = 2;

  /**
   * Looks at a process.
   *
   * @param pid which, in our pid namespace
   * @throws SyscallException ENOENT when it is gone, EACCES without the right to look
   */
  static Place of(int pid) throws SyscallException {
    return at("/proc/" + pid);
  }

  /** Looks at this process. */
  static Place ofThisProcess() throws SyscallException {
    return at("/proc/self");
  }

  /**
   * The place of the machine, or container, at large: that of pid 1. The kernel's threads answer
   * for a pid 1 that holds more capabilities than we do.
   *
   * @return null when nobody tells
   */
  static @Nullable Place ofTheMachine() {
    for (int pid : new int[] {INIT, KTHREADD}) {
      try {
        return of(pid);
      } catch (SyscallException _) {
        continue; // not ours to look at: ask the next
      }
    }
    return null;
  }

  private static Place at(String process) throws SyscallException {
    StringBuilder namespaces = new StringBuilder(160);
    for (String name : NAMESPACES) {
      namespaces.append(Names.readLink(null, process + "/ns/" + name)).append(' ');
    }
    Stat root = Stat.of(null, process + "/root/");
    return new Place(namespaces.toString(), root.device(), root.inode(), root.mountId());
  }
}

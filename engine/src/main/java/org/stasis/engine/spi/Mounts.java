package org.stasis.engine.spi;

import java.util.Optional;
import org.stasis.linux.agent.Argument;

/**
 * The mounts a tree sees: what the kind that carries them tells kinds of files. Found with {@link
 * CaptureContext#kind} and {@link RebuildContext#kind}; it answers once it has captured or planned.
 */
public interface Mounts {
  /** What images say in place of a mount id when no mount namespace was dumped. */
  int NO_MOUNT = -1;

  /**
   * Whether the tree has mounts of its own, so that its files name them.
   *
   * @return true when mounts are in the images
   */
  boolean carried();

  /**
   * The mount id that images of a dump give a file.
   *
   * @param mountId as {@code /proc/PID/fdinfo} says
   * @return the same, or {@link #NO_MOUNT} when mounts are not {@link #carried()}
   */
  default int imageId(int mountId) {
    return carried() ? mountId : NO_MOUNT;
  }

  /**
   * A mount of the tree; in a dump.
   *
   * @param mountId as {@code /proc/PID/fdinfo} says
   * @return the mount, or empty when none of the root task's mount namespace has that id
   */
  Optional<Mount> find(int mountId);

  /**
   * The master of a pseudo-terminal whose slave is mounted on a file, as runtimes mount a
   * container's terminal on {@code /dev/console}; in a rebuild. Such a terminal has to be there
   * before its mount. Whoever asks for the master takes it over.
   *
   * @param device of its devpts, {@code major << 20 | minor} as in the images
   * @param index the terminal's number there
   * @return its descriptor in every task until the tree is released, unlocked; empty when no such
   *     terminal is mounted
   */
  Optional<Argument> takeTerminal(int device, int index);

  /**
   * One mount, a line of proc_pid_mountinfo(5).
   *
   * @param id its number
   * @param parent the number of the mount it is on
   * @param device major and minor number of the file system, {@code major << 20 | minor}
   * @param root what of the file system is mounted, an absolute path in it
   * @param mountpoint where it is mounted, an absolute path in the mount namespace
   * @param fsType name of the file system type
   * @param external whether the caller provides it at the restore
   */
  record Mount(
      int id,
      int parent,
      int device,
      String root,
      String mountpoint,
      String fsType,
      boolean external) {}
}

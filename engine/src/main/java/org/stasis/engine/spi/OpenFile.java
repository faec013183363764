package org.stasis.engine.spi;

import org.stasis.engine.StasisException;
import org.stasis.images.proto.FownEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.Stat;
import org.stasis.linux.proc.FdInfo;

/** An open file description of a stopped task, seen through the first descriptor found for it. */
public interface OpenFile {
  /**
   * Its number in the images: the id of its file entry.
   *
   * @return counted from 1 over all kinds
   */
  int id();

  /**
   * The task that holds it.
   *
   * @return the first that was found to
   */
  TaskView task();

  /**
   * The descriptor there; -1 for what is no descriptor (an executable, a mapped file, cwd, root).
   *
   * @return its number
   */
  int number();

  /**
   * What the {@code /proc/PID/fd} link says, {@code " (deleted)"} included.
   *
   * @return a path in the task's mount namespace, or such as {@code pipe:[4711]}
   */
  String link();

  /**
   * The inode.
   *
   * @return as fstat(2) says
   */
  Stat stat();

  /**
   * {@code /proc/PID/fdinfo/FD}: pos, flags, mnt_id, and what the kind adds.
   *
   * @return parsed; for what is no descriptor, flags O_RDONLY (O_PATH for directories), pos 0
   */
  FdInfo info();

  /**
   * A duplicate of the descriptor, fetched with pidfd_getfd(2): it shares position, flags and locks
   * with the task's. Owned by the session, which closes it; closed early is fine.
   *
   * @return the duplicate; the same one each time
   * @throws StasisException when it cannot be fetched
   */
  Fd duplicate() throws StasisException;

  /**
   * Open flags as images keep them: without O_CLOEXEC.
   *
   * @return raw kernel flags
   */
  int flags();

  /**
   * Owner and signal, F_GETOWN_EX and F_GETSIG of fcntl(2).
   *
   * @return the message for the entry's fown field
   * @throws StasisException when it cannot be asked
   */
  FownEntry owner() throws StasisException;

  /**
   * Names it for people.
   *
   * @return such as {@code "fd 7 /data/dump.rdb"}
   */
  String describe();
}

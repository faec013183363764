package org.stasis.linux.proc;

import java.util.List;
import org.stasis.linux.Directory;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;

/**
 * A mounted {@code /proc}: tasks as one pid namespace sees them.
 *
 * <p>Holds the directory open, so it stays the same file system whatever gets mounted over it. Safe
 * for use by several threads, but for {@link #pids}.
 */
public final class ProcFs implements AutoCloseable {
  private final Fd root;

  private ProcFs(Fd root) {
    this.root = root;
  }

  /**
   * Opens the usual one.
   *
   * @return {@code /proc} of this process
   * @throws SyscallException when it is not mounted
   */
  public static ProcFs open() throws SyscallException {
    return open("/proc");
  }

  /**
   * Opens one at another place.
   *
   * @param path where a proc file system is mounted
   * @return that one
   * @throws SyscallException open(2)
   */
  public static ProcFs open(String path) throws SyscallException {
    return new ProcFs(Fd.openDirectory(path));
  }

  /**
   * Takes over an opened one.
   *
   * @param root the root directory of a proc file system, opened for reading
   * @return that one
   */
  public static ProcFs of(Fd root) {
    return new ProcFs(root);
  }

  /**
   * The directory, which stays this object's.
   *
   * @return the root
   */
  public Fd root() {
    return root;
  }

  /**
   * All processes.
   *
   * @return their pids, ascending
   * @throws SyscallException getdents64(2)
   */
  public int[] pids() throws SyscallException {
    return Directory.numbers(root);
  }

  /**
   * Opens a process.
   *
   * @param pid in the namespace of this {@code /proc}; a thread's id works too
   * @return the process; once it is gone all its methods fail with ESRCH or ENOENT, even when the
   *     pid means another one by then
   * @throws SyscallException ENOENT when there is none
   */
  public ProcTask task(int pid) throws SyscallException {
    return ProcTask.open(root, Integer.toString(pid), pid);
  }

  /**
   * Opens a thread.
   *
   * @param pid its process
   * @param tid the thread
   * @return the thread
   * @throws SyscallException ENOENT when there is none
   */
  public ProcTask thread(int pid, int tid) throws SyscallException {
    return ProcTask.open(root, pid + "/task/" + tid, tid);
  }

  /**
   * All locks on files.
   *
   * @return the holders, each with its waiters behind it
   * @throws SyscallException open(2)
   */
  public List<FileLock> locks() throws SyscallException {
    return FileLock.parseAll(ProcText.read(root, "locks"));
  }

  /**
   * Reads any file of it.
   *
   * @param name relative to the root, such as {@code sys/kernel/ns_last_pid}
   * @return its bytes
   * @throws SyscallException open(2), read(2)
   */
  public byte[] read(String name) throws SyscallException {
    return ProcText.read(root, name).rest();
  }

  @Override
  public void close() throws SyscallException {
    root.close();
  }
}

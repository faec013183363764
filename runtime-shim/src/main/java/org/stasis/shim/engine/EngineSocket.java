package org.stasis.shim.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Names;
import org.stasis.linux.Open;
import org.stasis.linux.Poll;
import org.stasis.linux.Seqpacket;
import org.stasis.linux.Stat;
import org.stasis.linux.Syscall;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;

/**
 * The name at which launchers find the resident engine. It lies in a folder that only root can
 * enter, and belongs to whoever holds the lock beside it; a name without such a holder was left
 * behind by one that was killed.
 */
final class EngineSocket implements AutoCloseable {
  private static final int FOLDER_MODE = 0700;
  private static final int LOCK_MODE = 0600;
  private static final int PERMISSIONS = 07777;
  private static final int LOCK_EX = 2;
  private static final int LOCK_NB = 4;
  private static final int BACKLOG = 64;

  private final String path;
  private final @Nullable Fd lock;
  private final Seqpacket listening;

  private EngineSocket(String path, @Nullable Fd lock) throws SyscallException {
    this.path = path;
    this.lock = lock;
    this.listening = Seqpacket.listen(path, BACKLOG);
  }

  /**
   * Takes a name of the user's choice.
   *
   * @param path where nothing is yet
   * @throws SyscallException EADDRINUSE when something is there
   */
  static EngineSocket at(String path) throws SyscallException {
    return new EngineSocket(path, null);
  }

  /**
   * Takes the name, unless another engine has it.
   *
   * @return null when another engine has it
   * @throws SyscallException when the folder cannot be made or is not ours
   */
  static @Nullable EngineSocket take() throws SyscallException {
    makeFolder();
    Fd lock =
        Fd.open(
            RunFolder.LOCK_PATH,
            Open.O_RDWR | Open.O_CREAT | Open.O_NOFOLLOW | Open.O_CLOEXEC,
            LOCK_MODE);
    try {
      long answer = Syscall.raw(SyscallNumber.FLOCK, lock.number(), LOCK_EX | LOCK_NB);
      if (answer == -Errno.EAGAIN.number()) {
        lock.close();
        return null;
      }
      Syscall.check(answer, "flock " + RunFolder.LOCK_PATH);
      unlink(RunFolder.SOCKET_PATH);
      return new EngineSocket(RunFolder.SOCKET_PATH, lock);
    } catch (SyscallException e) {
      lock.close();
      throw e;
    }
  }

  private static void makeFolder() throws SyscallException {
    try {
      Names.makeDirectory(null, RunFolder.PATH, FOLDER_MODE);
    } catch (SyscallException e) {
      if (!e.is(Errno.EEXIST)) {
        throw e;
      }
    }
    Stat stat = Stat.ofLink(null, RunFolder.PATH);
    if (stat.type() != Stat.S_IFDIR
        || stat.uid() != 0
        || (stat.mode() & PERMISSIONS) != FOLDER_MODE) {
      throw new SyscallException(
          RunFolder.PATH + " is no folder of root's alone, mode 0700", Errno.EPERM.number());
    }
  }

  private static void unlink(String path) throws SyscallException {
    try {
      Names.unlink(null, path, 0);
    } catch (SyscallException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
  }

  /** Readable when somebody wants in. */
  Fd fd() {
    return listening.fd();
  }

  /** Lets in the next one; to be called when there is one. */
  Seqpacket accept() throws SyscallException {
    return listening.accept();
  }

  /**
   * Gives the name up: whoever comes now finds none, and starts another engine.
   *
   * @return those who came before that and still wait
   */
  List<Seqpacket> withdraw() throws SyscallException {
    unlink(path);
    List<Seqpacket> waiting = new ArrayList<>();
    while (Poll.await(listening.fd(), Poll.POLLIN, 0) != 0) {
      waiting.add(listening.accept());
    }
    return waiting;
  }

  /** Closes the socket and then gives up the lock. */
  @Override
  public void close() throws SyscallException {
    try (lock) {
      listening.close();
    }
  }
}

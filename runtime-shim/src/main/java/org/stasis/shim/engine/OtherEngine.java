package org.stasis.shim.engine;

import java.util.Optional;
import org.stasis.linux.Errno;
import org.stasis.linux.PidFd;
import org.stasis.linux.Seqpacket;
import org.stasis.linux.Signal;
import org.stasis.linux.SyscallException;

/**
 * The resident engine as seen from a process that is not it, because the caller could not be served
 * there.
 *
 * @param pid its process; 0 when that is in a pid namespace that is not visible from here
 */
public record OtherEngine(int pid) {
  /**
   * Looks for it.
   *
   * @return the engine that listens, if one does
   * @throws SyscallException EACCES when it is not for this user
   */
  public static Optional<OtherEngine> find() throws SyscallException {
    try (Seqpacket socket = Seqpacket.connect(RunFolder.SOCKET_PATH)) {
      return Optional.of(new OtherEngine(socket.peer().pid()));
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ECONNREFUSED)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * Ends it once its sessions have ended.
   *
   * @throws SyscallException ESRCH when it has ended, EPERM
   */
  public void stop() throws SyscallException {
    try (Seqpacket socket = Seqpacket.connect(RunFolder.SOCKET_PATH);
        PidFd process = process(socket)) {
      process.sendSignal(Signal.SIGTERM);
    }
  }

  private PidFd process(Seqpacket socket) throws SyscallException {
    try {
      return PidFd.of(socket.peerPidfd());
    } catch (SyscallException e) {
      if (e.is(Errno.ENOPROTOOPT)) { // before Linux 6.5
        return PidFd.open(pid, 0);
      }
      throw e;
    }
  }
}

package org.stasis.engine.sockets;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.ns.NamespaceThread;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.TaskView;
import org.stasis.linux.SyscallException;

/**
 * What one dump is told about the sockets of a family by sock_diag(7), which is asked once in each
 * network namespace.
 *
 * @param <T> what the kernel tells of one socket
 */
public final class DiagSockets<T> {
  private final SocketNamespaces namespaces;
  private final MoreOptions more;
  private final NamespaceThread.Work<Map<Long, T>, SyscallException> question;
  private final Map<Long, Map<Long, T>> known = new HashMap<>(); // by namespace, then by inode

  /**
   * Starts for one dump.
   *
   * @param context its tasks
   * @param question asks for all sockets, by inode, in the namespace of the calling thread
   * @throws SyscallException when /proc is not there
   */
  public DiagSockets(
      CaptureContext context, NamespaceThread.Work<Map<Long, T>, SyscallException> question)
      throws SyscallException {
    this.namespaces = new SocketNamespaces(context);
    this.more = new MoreOptions(namespaces);
    this.question = question;
  }

  /**
   * The namespaces that are asked.
   *
   * @return of the same dump
   */
  public SocketNamespaces namespaces() {
    return namespaces;
  }

  /**
   * Options that the image format lacks.
   *
   * @return of the same dump
   */
  public MoreOptions more() {
    return more;
  }

  /**
   * What the kernel tells of a socket.
   *
   * @param file the open socket
   * @param home who lives where it lives
   * @return null when it does not tell
   * @throws StasisException when it cannot be asked
   */
  public @Nullable T of(OpenFile file, TaskView home) throws StasisException {
    long namespace = namespaces.inode(home);
    Map<Long, T> sockets = known.get(namespace);
    if (sockets == null) {
      sockets = namespaces.ask(home, question);
      known.put(namespace, sockets);
    }
    return sockets.get(file.stat().inode());
  }
}

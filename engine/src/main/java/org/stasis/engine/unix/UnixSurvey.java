package org.stasis.engine.unix;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.sockets.SocketNamespaces;
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.TaskView;
import org.stasis.linux.socket.UnixDiag;

/** What sock_diag says about all Unix sockets, asked once for each network namespace. */
final class UnixSurvey {
  private final SocketNamespaces namespaces;
  private final Map<Long, Map<Long, UnixDiag>> sockets = new HashMap<>(); // by namespace, by inode
  private final Map<Long, Long> waitingAt = new HashMap<>(); // from client to listener

  UnixSurvey(SocketNamespaces namespaces) {
    this.namespaces = namespaces;
  }

  /**
   * A socket of the tree.
   *
   * @param diag what sock_diag says
   * @param home a task that lives in its network namespace
   */
  record Found(UnixDiag diag, TaskView home) {}

  /**
   * Looks a socket up.
   *
   * @param file the open socket
   * @return what was found, or empty when it lives where no task of the tree does
   * @throws StasisException when the kernel cannot be asked
   */
  Optional<Found> find(OpenFile file) throws StasisException {
    long inode = file.stat().inode();
    UnixDiag diag = in(file.task()).get(inode);
    if (diag != null) {
      return Optional.of(new Found(diag, file.task()));
    }
    Optional<TaskView> home = namespaces.inhabitant(file.duplicate(), file.task());
    if (home.isEmpty()) {
      return Optional.empty();
    }
    diag = in(home.get()).get(inode);
    return diag == null ? Optional.empty() : Optional.of(new Found(diag, home.get()));
  }

  /**
   * Where a connection waits to be accepted.
   *
   * @param client inode of the socket that connected
   * @return inode of the listener, 0 when it does not wait
   */
  long listenerOf(long client) {
    return waitingAt.getOrDefault(client, 0L);
  }

  /**
   * Any socket that has been seen.
   *
   * @param inode its number
   * @return what sock_diag says, or null
   */
  @Nullable UnixDiag socket(long inode) {
    for (Map<Long, UnixDiag> namespace : sockets.values()) {
      UnixDiag diag = namespace.get(inode);
      if (diag != null) {
        return diag;
      }
    }
    return null;
  }

  private Map<Long, UnixDiag> in(TaskView task) throws StasisException {
    long namespace = namespaces.inode(task);
    Map<Long, UnixDiag> known = sockets.get(namespace);
    if (known == null) {
      known = namespaces.ask(task, UnixDiag::all);
      sockets.put(namespace, known);
      for (UnixDiag socket : known.values()) {
        for (int client : socket.pending()) {
          waitingAt.put(Integer.toUnsignedLong(client), socket.inode());
        }
      }
    }
    return known;
  }
}

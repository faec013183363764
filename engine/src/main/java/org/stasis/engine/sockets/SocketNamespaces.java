package org.stasis.engine.sockets;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.ns.NamespaceThread;
import org.stasis.engine.options.NamespaceKind;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.Namespaces;
import org.stasis.engine.spi.TaskView;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;
import org.stasis.linux.socket.SocketOption;

/**
 * The network namespaces of a tree's sockets. A socket stays in the namespace it was made in, also
 * when its holder moves on or passes it to somebody elsewhere; sock_diag(7) only tells about the
 * namespace it is asked in.
 */
public final class SocketNamespaces {
  private static final long UNKNOWN = 0;

  private final CaptureContext context;
  private final Map<Integer, Long> inodes = new HashMap<>(); // by pid
  private final long own;

  /**
   * Starts for one dump.
   *
   * @param context its tasks
   * @throws SyscallException when /proc is not there
   */
  public SocketNamespaces(CaptureContext context) throws SyscallException {
    this.context = context;
    this.own = Stat.of(null, "/proc/thread-self/ns/net").inode();
  }

  /**
   * The task of the tree that lives where a socket lives.
   *
   * @param socket a duplicate
   * @param holder who has it open
   * @return the holder when it lives there, else another task, or empty when none does
   * @throws StasisException when it cannot be found out
   */
  public Optional<TaskView> inhabitant(Fd socket, TaskView holder) throws StasisException {
    long namespace;
    try {
      namespace = namespaceOf(socket);
    } catch (SyscallException e) {
      throw new StasisException(holder.describe(), "asking a socket for its namespace", "", e);
    }
    if (namespace == UNKNOWN || namespace == inode(holder)) {
      return Optional.of(holder);
    }
    for (TaskView task : context.tasks()) {
      if (inode(task) == namespace) {
        return Optional.of(task);
      }
    }
    return Optional.empty();
  }

  private static long namespaceOf(Fd socket) throws SyscallException {
    try (Fd namespace = Fd.of((int) socket.ioctl(SocketOption.SIOCGSKNS, 0, "SIOCGSKNS"))) {
      return namespace.stat().inode();
    } catch (SyscallException e) {
      if (e.is(org.stasis.linux.Errno.EPERM)) {
        return UNKNOWN; // without CAP_NET_ADMIN: the holder's, most probably
      }
      throw e;
    }
  }

  /**
   * Tells a task's network namespace from others.
   *
   * @param task one of the tree
   * @return its inode
   * @throws StasisException when the task is gone
   */
  public long inode(TaskView task) throws StasisException {
    Long known = inodes.get(task.pid());
    if (known == null) {
      try {
        known = Stat.of(null, path(task)).inode();
      } catch (SyscallException e) {
        throw new StasisException(task.describe(), "looking at its network namespace", "", e);
      }
      inodes.put(task.pid(), known);
    }
    return known;
  }

  /**
   * The id of a task's network namespace in the images.
   *
   * @param task one of the tree
   * @return the id, or null when nobody gives namespaces ids
   * @throws StasisException when it cannot be looked at
   */
  public @Nullable Integer id(TaskView task) throws StasisException {
    Optional<Namespaces> namespaces = context.kind(Namespaces.class);
    return namespaces.isPresent() ? namespaces.get().id(task, NamespaceKind.NET) : null;
  }

  /**
   * Asks the kernel something in a task's network namespace.
   *
   * @param task one of the tree
   * @param question what to do there
   * @param <T> the answer's type
   * @return the answer
   * @throws StasisException when it cannot be entered, or the question fails
   */
  public <T> T ask(TaskView task, NamespaceThread.Work<T, SyscallException> question)
      throws StasisException {
    try {
      if (inode(task) == own) {
        return question.run();
      }
      try (Fd namespace = Fd.open(path(task), Open.O_RDONLY | Open.O_CLOEXEC)) {
        return NamespaceThread.call(List.of(namespace), question);
      }
    } catch (SyscallException e) {
      throw new StasisException(
          task.describe(), "asking about sockets in its network namespace", "", e);
    }
  }

  private static String path(TaskView task) {
    return "/proc/" + task.pid() + "/ns/net";
  }
}

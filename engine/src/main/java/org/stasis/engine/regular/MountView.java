package org.stasis.engine.regular;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.ns.NamespaceThread;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.TaskView;
import org.stasis.linux.Fd;
import org.stasis.linux.Names;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;

/**
 * How the engine reaches what a path means in the mount namespace of a task. Paths start at the
 * root of the namespace, which need not be the root directory of the task.
 */
public final class MountView implements AutoCloseable {
  private final Map<Integer, String> prefixes = new HashMap<>();
  private final Map<String, String> byNamespace = new HashMap<>();
  private final Map<String, Fd> roots = new HashMap<>();
  private @Nullable String own;

  /**
   * What goes before an absolute path.
   *
   * @param task one of the tree
   * @param context knows the others
   * @return empty in the engine's own namespace
   * @throws StasisException when the namespace cannot be looked into
   */
  public String prefix(TaskView task, CaptureContext context) throws StasisException {
    String prefix = prefixes.get(task.pid());
    if (prefix == null) {
      try {
        prefix = find(task, context);
      } catch (SyscallException e) {
        throw new StasisException(task.describe(), "looking into its mount namespace", "", e);
      }
      prefixes.put(task.pid(), prefix);
    }
    return prefix;
  }

  private String find(TaskView task, CaptureContext context) throws SyscallException {
    if (own == null) {
      own = Names.readLink(null, "/proc/self/ns/mnt");
    }
    String namespace = namespace(task);
    if (namespace.equals(own)) {
      return "";
    }
    String known = byNamespace.get(namespace);
    if (known == null) {
      known = enter(task, namespace, context);
      byNamespace.put(namespace, known);
    }
    return known;
  }

  private static String namespace(TaskView task) throws SyscallException {
    return Names.readLink(null, "/proc/" + task.pid() + "/ns/mnt");
  }

  private String enter(TaskView task, String namespace, CaptureContext context)
      throws SyscallException {
    if (isAtRoot(task)) {
      return root(task);
    }
    for (TaskView other : context.tasks()) {
      if (namespace(other).equals(namespace) && isAtRoot(other)) {
        return root(other);
      }
    }
    // everybody is in some chroot: setns(2) leads to the real root
    try (Fd mounts = Fd.open("/proc/" + task.pid() + "/ns/mnt", Open.O_RDONLY | Open.O_CLOEXEC)) {
      Fd root =
          NamespaceThread.call(List.of(mounts), () -> Fd.open("/", Open.O_PATH | Open.O_CLOEXEC));
      roots.put(namespace, root);
      return "/proc/self/fd/" + root.number();
    }
  }

  private static String root(TaskView task) {
    return "/proc/" + task.pid() + "/root";
  }

  private static boolean isAtRoot(TaskView task) throws SyscallException {
    return Names.readLink(null, root(task)).equals("/");
  }

  @Override
  public void close() throws SyscallException {
    SyscallException failure = null;
    for (Fd root : roots.values()) {
      try {
        root.close();
      } catch (SyscallException e) {
        failure = e;
      }
    }
    roots.clear();
    if (failure != null) {
      throw failure;
    }
  }
}

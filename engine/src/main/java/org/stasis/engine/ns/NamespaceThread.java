package org.stasis.engine.ns;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.linux.ThreadNamespaces;

/**
 * Runs work on a fresh platform thread inside other namespaces: setns(2) changes the calling thread
 * alone, and a thread that has been elsewhere is not used again but ends.
 *
 * <p>Works for mount, network, UTS, IPC and cgroup namespaces. The kernel does not let a process
 * with several threads into another user or time namespace, and a pid namespace concerns children
 * only, which a JVM can't have made there.
 *
 * <p>In another mount namespace paths mean something else, also those of the JVM's own class files;
 * {@link #callInMounts} keeps them as they are, and is for work that changes or clones mounts.
 */
public final class NamespaceThread {
  private static final int DIRECTORY_HANDLE = Open.O_PATH | Open.O_DIRECTORY | Open.O_CLOEXEC;

  private NamespaceThread() {}

  /**
   * Work done inside namespaces.
   *
   * @param <T> what it results in
   * @param <E> what it may throw
   */
  @FunctionalInterface
  public interface Work<T extends @Nullable Object, E extends Exception> {
    /**
     * Does the work.
     *
     * @return the result
     * @throws E when it fails
     */
    T run() throws E;
  }

  /**
   * Does work inside namespaces, and waits for it. An interrupt of the caller is kept for later:
   * the work is short.
   *
   * @param namespaces descriptors of namespace files, entered in this order; they stay open
   * @param work what to do there
   * @param <T> what it results in
   * @param <E> what it may throw
   * @return what the work returned
   * @throws E what the work threw
   * @throws SyscallException unshare(2) or setns(2): EPERM without CAP_SYS_ADMIN over a namespace
   */
  public static <T extends @Nullable Object, E extends Exception> T call(
      List<Fd> namespaces, Work<T, E> work) throws E, SyscallException {
    return run(new Visit<>(namespaces, null, _ -> work.run()));
  }

  /**
   * Work done inside a mount namespace.
   *
   * @param <T> what it results in
   * @param <E> what it may throw
   */
  @FunctionalInterface
  public interface MountWork<T extends @Nullable Object, E extends Exception> {
    /**
     * Does the work.
     *
     * @param root the root directory of the namespace; paths from there are to be resolved with
     *     RESOLVE_IN_ROOT
     * @return the result
     * @throws E when it fails
     */
    T run(Fd root) throws E;
  }

  /**
   * Does work inside a mount namespace, whose mounts it can clone and change, while absolute paths
   * go on to mean what they mean to the caller.
   *
   * @param mounts descriptor of a mount namespace's file; stays open
   * @param work what to do there
   * @param <T> what it results in
   * @param <E> what it may throw
   * @return what the work returned
   * @throws E what the work threw
   * @throws SyscallException as of {@link #call}
   */
  public static <T extends @Nullable Object, E extends Exception> T callInMounts(
      Fd mounts, MountWork<T, E> work) throws E, SyscallException {
    try (Fd callersRoot = Fd.open("/", DIRECTORY_HANDLE)) {
      return run(new Visit<>(List.of(mounts), callersRoot, work));
    }
  }

  private static <T extends @Nullable Object, E extends Exception> T run(Visit<T, E> visit)
      throws E, SyscallException {
    Thread thread = Thread.ofPlatform().name("namespace").daemon(true).start(visit);
    join(thread);
    return visit.outcome();
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** What happens on the thread; its fields are read by the caller after the thread's end. */
  private static final class Visit<T extends @Nullable Object, E extends Exception>
      implements Runnable {
    private final List<Fd> namespaces;
    private final @Nullable Fd callersRoot;
    private final MountWork<T, E> work;
    private @Nullable SyscallException refused;
    private @Nullable Throwable thrown;
    private @Nullable T result;

    Visit(List<Fd> namespaces, @Nullable Fd callersRoot, MountWork<T, E> work) {
      this.namespaces = namespaces;
      this.callersRoot = callersRoot;
      this.work = work;
    }

    @Override
    public void run() {
      Fd root;
      try {
        enter();
        root = Fd.open("/", DIRECTORY_HANDLE);
        if (callersRoot != null) {
          ThreadNamespaces.changeRoot(callersRoot);
        }
      } catch (SyscallException e) {
        refused = e;
        return;
      }
      try (root) {
        result = work.run(root);
      } catch (Throwable e) { // rethrown in the caller's thread
        thrown = e;
      }
    }

    private void enter() throws SyscallException {
      // a mount namespace can't be entered by who shares its working directory with other threads
      ThreadNamespaces.unshare(ThreadNamespaces.CLONE_FS);
      for (Fd namespace : namespaces) {
        ThreadNamespaces.enter(namespace);
      }
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // the work can throw nothing else that is checked
    T outcome() throws E, SyscallException {
      if (refused != null) {
        throw refused;
      }
      switch (thrown) {
        case null -> {}
        case RuntimeException e -> throw e;
        case Error e -> throw e;
        default -> throw (E) thrown;
      }
      return (T) result;
    }
  }
}

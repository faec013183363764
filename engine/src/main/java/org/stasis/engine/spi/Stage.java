package org.stasis.engine.spi;

/**
 * The stages of a task's program, in order. Tasks run through them on their own, except that nobody
 * begins a stage that {@link #barrier() has a barrier} before everybody has done what comes before.
 * A barrier before which the engine has nothing to do and after which nobody has is left out.
 */
public enum Stage {
  /** First breath: signals are blocked, what was inherited goes. */
  BIRTH(false),
  /** Root task only: is in its user namespace, makes and enters the others. */
  NAMESPACES(true),
  /** Root task only: the namespaces exist and the engine has told the caller so; fills them. */
  NAMESPACE_CONTENT(true),
  /** Root task only: builds the mount tree and moves into it. */
  MOUNTS(false),
  /** Root task only: mounts exist and the engine has filled them. */
  MOUNTED(true),
  /** Opens what descendants share. */
  SHARED_FILES(false),
  /**
   * Maps what descendants share copy-on-write; nothing else of the launcher's image is left then.
   */
  SHARED_MEMORY(false),
  /**
   * In the midst of {@link #FORK}: its own session has begun, if it leads one; the children that
   * belong to it are yet to be made. For what they inherit: the controlling terminal.
   */
  SESSION(false),
  /** Makes the children born before its session, begins the session, makes the others. */
  FORK(false),
  /** Everybody exists: process groups of others. */
  GROUPS(true),
  /** Opens what it alone holds. */
  FILES(false),
  /** Every file of every task is open: connections between tasks. */
  FILES_CONNECT(true),
  /** Descriptors get their final numbers. */
  DESCRIPTORS(false),
  /** Descriptors are in place: epoll sets, locks, owners. */
  IN_PLACE(false),
  /** Root and working directory, umask. */
  FILE_SYSTEM(false),
  /** The launcher's image goes; mappings and pages come. */
  MEMORY(false),
  /** Makes the threads. */
  THREADS(false),
  /** Signal actions and queues, limits, registrations. */
  STATE(false),
  /** Every thread is held by ptrace with its filters suspended: they are installed. */
  FILTERS(true),
  /** Credentials; from here on calls may be refused. */
  CREDENTIALS(false),
  /** Everything else is done in all tasks: timers start. */
  RELEASE(true),
  /**
   * Only descriptors of the tree are left open: locks that closing any other descriptor of the file
   * would undo. Then the task waits for its release.
   */
  LOCKS(false);

  private final boolean barrier;

  Stage(boolean barrier) {
    this.barrier = barrier;
  }

  /**
   * Whether all tasks meet before this stage.
   *
   * @return true when they do
   */
  public boolean barrier() {
    return barrier;
  }
}

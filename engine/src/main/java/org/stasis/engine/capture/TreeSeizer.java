package org.stasis.engine.capture;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.Freezer;
import org.stasis.linux.Errno;
import org.stasis.linux.PidFd;
import org.stasis.linux.Processes;
import org.stasis.linux.Ptrace;
import org.stasis.linux.Signal;
import org.stasis.linux.SyscallException;
import org.stasis.linux.WaitStatus;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

/**
 * Holds a process tree with ptrace(2): seizes and interrupts every thread until nobody is found who
 * is not held. What is held cannot fork, so this comes to an end. No signal is ever sent.
 */
final class TreeSeizer implements AutoCloseable {
  private final ProcFs proc;
  private final Tracer tracer;
  private final Map<Integer, Found> found = new LinkedHashMap<>();
  private final List<SeizedTask> tasks = new ArrayList<>();
  private final Freezer.@Nullable Group frozen;
  private boolean thawed;
  private boolean released;

  /** A process on the way of being held. */
  private static final class Found {
    final int pid;
    final @Nullable Found parent;
    final ProcTask proc;
    final PidFd pidfd;
    final Map<Integer, SeizedThread> threads = new LinkedHashMap<>();
    final Set<Integer> interrupted = new LinkedHashSet<>();
    int stopSignal;
    boolean zombie;

    Found(int pid, @Nullable Found parent, ProcTask proc, PidFd pidfd) {
      this.pid = pid;
      this.parent = parent;
      this.proc = proc;
      this.pidfd = pidfd;
    }

    Set<Integer> known() {
      Set<Integer> tids = new LinkedHashSet<>(threads.keySet());
      tids.addAll(interrupted);
      return tids;
    }
  }

  /**
   * Prepares.
   *
   * @param proc of the engine's pid namespace
   * @param tracer waits for threads
   * @param frozen the control group that keeps the tree frozen; null when it isn't
   */
  TreeSeizer(ProcFs proc, Tracer tracer, Freezer.@Nullable Group frozen) {
    this.proc = proc;
    this.tracer = tracer;
    this.frozen = frozen;
  }

  /**
   * Holds a tree.
   *
   * @param root its root task
   * @return all tasks, parents before children
   * @throws StasisException when a task cannot be held, or does not stop in time
   */
  List<SeizedTask> seize(int root) throws StasisException {
    try {
      add(root, null);
    } catch (SyscallException e) {
      throw new StasisException(
          "", "looking for the root task", "no process " + root, e.errno(), "", e);
    }
    try {
      if (frozen != null) {
        while (interruptMore()) {
          // nobody comes or goes, but the tree has to be walked down
        }
        frozen.thaw();
        thawed = true;
      }
      do {
        settle();
      } while (interruptMore());
      Map<Integer, SeizedTask> byPid = new LinkedHashMap<>();
      for (Found task : found.values()) {
        SeizedTask parent = task.parent == null ? null : byPid.get(task.parent.pid);
        SeizedTask seized =
            new SeizedTask(
                task.pid,
                parent,
                task.proc,
                task.pidfd,
                List.copyOf(task.threads.values()),
                task.stopSignal);
        byPid.put(task.pid, seized);
        tasks.add(seized);
      }
      return tasks;
    } catch (SyscallException e) {
      throw new StasisException("", "freezing the tree", "", e);
    }
  }

  private void add(int pid, @Nullable Found parent) throws SyscallException {
    PidFd pidfd = PidFd.open(pid, 0);
    found.put(pid, new Found(pid, parent, proc.task(pid), pidfd));
  }

  /** Interrupts everybody known and looks for children; whether anybody new was found. */
  private boolean interruptMore() throws StasisException, SyscallException {
    boolean more = false;
    for (Found task : List.copyOf(found.values())) {
      if (!task.zombie) {
        more |= interruptThreads(task);
      }
    }
    for (Found task : List.copyOf(found.values())) {
      for (int tid : task.known()) {
        for (int child : task.proc.children(tid)) {
          if (!found.containsKey(child)) {
            addChild(child, task);
            more = true;
          }
        }
      }
    }
    return more;
  }

  /** Waits until all who were interrupted stand still. */
  private void settle() throws SyscallException {
    for (Found task : found.values()) {
      for (int tid : task.interrupted) {
        settle(task, tid);
      }
      task.interrupted.clear();
    }
  }

  private void addChild(int child, Found parent) throws SyscallException {
    try {
      add(child, parent);
    } catch (SyscallException e) {
      if (!e.is(Errno.ESRCH) && !e.is(Errno.ENOENT)) { // it has ended and was waited for
        throw e;
      }
    }
  }

  private boolean interruptThreads(Found task) throws StasisException, SyscallException {
    boolean more = false;
    for (int tid : task.proc.threads()) {
      if (!task.threads.containsKey(tid) && !task.interrupted.contains(tid)) {
        more |= interrupt(task, tid);
      }
    }
    return more;
  }

  private boolean interrupt(Found task, int tid) throws StasisException, SyscallException {
    try {
      Ptrace.seize(tid, options());
    } catch (SyscallException e) {
      return explain(task, tid, e);
    }
    Ptrace.interrupt(tid);
    task.interrupted.add(tid);
    return true;
  }

  private void settle(Found task, int tid) throws SyscallException {
    for (; ; ) {
      WaitStatus status = tracer.await(tid);
      if (!(status instanceof WaitStatus.Stopped stopped)) {
        return; // it ended meanwhile
      }
      if (stopped.event() == Ptrace.PTRACE_EVENT_STOP) {
        if (stopped.isGroupStop()) {
          task.stopSignal = stopped.signal();
        }
        break;
      }
      // a signal was on its way: it is delivered first, as it would have been
      Ptrace.cont(tid, stopped.event() == 0 && !stopped.isSyscall() ? stopped.signal() : 0);
    }
    try (ProcTask thread = proc.thread(task.pid, tid)) {
      task.threads.put(tid, SeizedThread.read(tracer, tid, thread.status().nsPid().getLast()));
    }
  }

  private static int options() {
    return Ptrace.PTRACE_O_TRACESYSGOOD | Ptrace.PTRACE_O_SUSPEND_SECCOMP;
  }

  /** Why a thread cannot be seized: it is a zombie, it is gone, or somebody else traces it. */
  private boolean explain(Found task, int tid, SyscallException failure) throws StasisException {
    try {
      if (tid == task.pid && task.proc.stat().state() == 'Z') {
        if (task.proc.threads().length > 1) {
          throw new StasisException(
              "task " + task.pid,
              "freezing it",
              "its leader has ended before its other threads, which is not carried yet",
              0,
              "",
              failure);
        }
        task.zombie = true;
        return false;
      }
      int tracerPid = task.proc.status().tracerPid();
      if (tracerPid != 0) {
        throw new StasisException(
            "task " + task.pid,
            "freezing it",
            "process " + tracerPid + " traces it",
            failure.errno(),
            "End the debugger first.",
            failure);
      }
    } catch (SyscallException gone) {
      return true;
    }
    if (failure.is(Errno.ESRCH)) {
      return true;
    }
    throw new StasisException(
        "task " + task.pid, "freezing thread " + tid, "It needs CAP_SYS_PTRACE.", failure);
  }

  /**
   * Lets everybody go on as if nothing had happened. Does nothing the second time.
   *
   * @throws SyscallException when somebody could not be brought home
   */
  void release() throws SyscallException {
    if (released) {
      return;
    }
    released = true;
    SyscallException failure = null;
    for (SeizedThread thread : threads()) {
      failure = attempt(thread::bringHome, failure);
    }
    failure = attempt(this::freezeAgain, failure);
    for (SeizedThread thread : threads()) {
      failure = attempt(() -> thread.detach(0), failure);
    }
    if (failure != null) {
      throw failure;
    }
  }

  private List<SeizedThread> threads() {
    List<SeizedThread> threads = new ArrayList<>();
    for (Found task : found.values()) {
      threads.addAll(task.threads.values());
    }
    return threads;
  }

  /** While everybody is held, so that they freeze where they are when they are let go. */
  private void freezeAgain() throws SyscallException {
    if (frozen != null && thawed) {
      thawed = false;
      frozen.freeze();
    }
  }

  private interface Attempt {
    void make() throws SyscallException;
  }

  /** Whatever fails for one, the others are let go; who is gone needs nothing. */
  private static @Nullable SyscallException attempt(
      Attempt attempt, @Nullable SyscallException failure) {
    try {
      attempt.make();
      return failure;
    } catch (SyscallException e) {
      return e.is(Errno.ESRCH) ? failure : add(failure, e);
    }
  }

  /**
   * Leaves everybody stopped, as by SIGSTOP.
   *
   * @throws SyscallException when a signal cannot be sent
   */
  void releaseStopped() throws SyscallException {
    for (Found task : found.values()) {
      if (!task.zombie) {
        task.pidfd.sendSignal(Signal.SIGSTOP);
      }
    }
    release();
  }

  /**
   * Kills everybody and waits until they are gone.
   *
   * @throws SyscallException when somebody does not end
   */
  void kill() throws SyscallException {
    released = true;
    for (Found task : found.values()) {
      try {
        task.pidfd.sendSignal(Signal.SIGKILL);
      } catch (SyscallException e) {
        if (!e.is(Errno.ESRCH)) {
          throw e;
        }
      }
    }
    Set<Integer> left = new HashSet<>();
    for (Found task : found.values()) {
      left.addAll(task.threads.keySet());
    }
    // In no fixed order: a leader is not reported before its other threads have been waited for,
    // and whichever thread of a pid namespace's init is the last waits for all others there.
    tracer.await("the end of the tree", () -> allReaped(left));
  }

  private static boolean allReaped(Set<Integer> left) {
    left.removeIf(TreeSeizer::reaped);
    return left.isEmpty();
  }

  /** As its tracer we are told of its end first; its parent is told once we have asked. */
  private static boolean reaped(int tid) {
    try {
      Processes.Waited waited = Processes.wait4(tid, Tracer.NO_HANG);
      return waited != null && !(waited.status() instanceof WaitStatus.Stopped);
    } catch (SyscallException e) {
      return true; // ECHILD: somebody else was told
    }
  }

  private static SyscallException add(@Nullable SyscallException first, SyscallException next) {
    if (first == null) {
      return next;
    }
    first.addSuppressed(next);
    return first;
  }

  @Override
  public void close() throws SyscallException {
    release();
    for (Found task : found.values()) {
      task.proc.close();
      task.pidfd.close();
    }
  }
}

package org.stasis.engine.capture;

import java.util.ArrayList;
import java.util.HashMap;
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
import org.stasis.linux.proc.TaskStat;

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
    final ProcTask proc;
    final PidFd pidfd;
    final Map<Integer, SeizedThread> threads = new LinkedHashMap<>();
    final Set<Integer> interrupted = new LinkedHashSet<>();
    int stopSignal;
    boolean zombie;

    Found(int pid, ProcTask proc, PidFd pidfd) {
      this.pid = pid;
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
      add(root);
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
      collect(root);
      return tasks;
    } catch (SyscallException e) {
      throw new StasisException("", "freezing the tree", "", e);
    }
  }

  private void add(int pid) throws SyscallException {
    PidFd pidfd = PidFd.open(pid, 0);
    found.put(pid, new Found(pid, proc.task(pid), pidfd));
  }

  /**
   * Now that nobody moves any more: who is whose child. Some have ended since they were found, and
   * their children are others' now, or of nobody in the tree.
   */
  private void collect(int root) throws StasisException, SyscallException {
    Map<Integer, TaskStat> stats = new HashMap<>();
    Map<Integer, List<Found>> children = new HashMap<>();
    for (Found task : found.values()) {
      try {
        TaskStat stat = task.proc.stat();
        stats.put(task.pid, stat);
        children.computeIfAbsent(stat.ppid(), _ -> new ArrayList<>()).add(task);
      } catch (SyscallException e) {
        if (!hasEnded(e)) {
          throw e;
        }
      }
    }
    if (!stats.containsKey(root)) {
      throw new StasisException("task " + root, "freezing it", "it has ended", 0, "", null);
    }
    collect(found.get(root), null, stats);
    for (int i = 0; i < tasks.size(); i++) {
      SeizedTask parent = tasks.get(i);
      for (Found child : children.getOrDefault(parent.pid(), List.of())) {
        collect(child, parent, stats);
      }
    }
    Set<Integer> belong = new HashSet<>();
    for (SeizedTask task : tasks) {
      belong.add(task.pid());
    }
    for (Found task : List.copyOf(found.values())) {
      if (!belong.contains(task.pid)) {
        forget(task);
      }
    }
  }

  private void collect(Found task, @Nullable SeizedTask parent, Map<Integer, TaskStat> stats)
      throws SyscallException {
    tasks.add(
        new SeizedTask(
            task.pid,
            parent,
            task.proc,
            task.pidfd,
            stats.get(task.pid),
            List.copyOf(task.threads.values()),
            task.stopSignal));
  }

  private void forget(Found task) throws SyscallException {
    found.remove(task.pid);
    SyscallException failure = null;
    for (SeizedThread thread : task.threads.values()) {
      failure = attempt(thread::bringHome, failure);
      failure = attempt(() -> thread.detach(0), failure);
    }
    task.proc.close();
    task.pidfd.close();
    if (failure != null) {
      throw failure;
    }
  }

  private static boolean hasEnded(SyscallException failure) {
    return failure.is(Errno.ESRCH) || failure.is(Errno.ENOENT);
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
        for (int child : children(task, tid)) {
          if (!found.containsKey(child)) {
            more |= addChild(child);
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

  private static List<Integer> children(Found task, int tid) throws SyscallException {
    try {
      return task.proc.children(tid);
    } catch (SyscallException e) {
      if (hasEnded(e)) {
        return List.of();
      }
      throw e;
    }
  }

  private boolean addChild(int child) throws SyscallException {
    try {
      add(child);
      return true;
    } catch (SyscallException e) {
      if (hasEnded(e)) { // and was waited for
        return false;
      }
      throw e;
    }
  }

  private boolean interruptThreads(Found task) throws StasisException, SyscallException {
    boolean more = false;
    try {
      for (int tid : task.proc.threads()) {
        if (!task.threads.containsKey(tid) && !task.interrupted.contains(tid)) {
          more |= interrupt(task, tid);
        }
      }
    } catch (SyscallException e) {
      if (!hasEnded(e)) {
        throw e;
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
    int tracerPid;
    try (ProcTask thread = proc.thread(task.pid, tid)) {
      if (tid == task.pid && task.proc.stat().state() == 'Z') {
        if (task.proc.threads().length > 1) {
          if (task.threads.isEmpty()) {
            return task.interrupted.isEmpty(); // perhaps all of them are just ending
          }
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
      tracerPid = thread.status().tracerPid();
    } catch (SyscallException gone) {
      return true;
    }
    if (failure.is(Errno.ESRCH)) {
      return true;
    }
    if (tracerPid != 0) {
      throw new StasisException(
          "task " + task.pid,
          "freezing it",
          "process " + tracerPid + " traces it",
          failure.errno(),
          "End the debugger first.",
          failure);
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
   * Kills everybody: nobody runs another instruction, but they are not gone yet.
   *
   * @throws SyscallException when somebody cannot be killed
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
  }

  /**
   * Waits until everybody who was killed is gone.
   *
   * @throws SyscallException when somebody does not end
   */
  void awaitEnd() throws SyscallException {
    Set<Integer> left = new HashSet<>();
    for (Found task : found.values()) {
      left.addAll(task.threads.keySet());
    }
    // In no fixed order: a leader is not reported before its other threads have been waited for,
    // and whichever thread of a pid namespace's init is the last waits for all others there.
    tracer.awaitSurely("the end of the tree", () -> allReaped(left));
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
    for (SeizedTask task : tasks) {
      found.remove(task.pid());
      task.close();
    }
    for (Found task : found.values()) {
      task.proc.close();
      task.pidfd.close();
    }
  }
}

package org.stasis.engine.capture;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.Obstacle;
import org.stasis.engine.ObstaclesException;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.Freezer;
import org.stasis.linux.Errno;
import org.stasis.linux.Processes;
import org.stasis.linux.Signal;
import org.stasis.linux.SyscallException;
import org.stasis.linux.WaitStatus;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.TaskStat;

/**
 * Holds a process tree with ptrace(2): seizes and interrupts every thread until nobody is found who
 * is not held. What is held cannot fork, so this comes to an end. No signal is ever sent.
 */
final class TreeSeizer implements AutoCloseable {
  private static final long A_LITTLE_NANOS = 100_000_000;

  private final ProcFs proc;
  private final Tracer tracer;
  private final Map<Integer, FoundTask> found = new LinkedHashMap<>();
  private final List<SeizedTask> tasks = new ArrayList<>();
  private final Freezer.@Nullable Group frozen;
  private boolean thawed;
  private boolean released;

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
      refuse();
      collect(root);
      return tasks;
    } catch (SyscallException e) {
      throw new StasisException("", "freezing the tree", "", e);
    }
  }

  private void refuse() throws ObstaclesException {
    List<Obstacle> obstacles = new ArrayList<>();
    for (FoundTask task : found.values()) {
      obstacles.addAll(task.refused.values());
    }
    if (!obstacles.isEmpty()) {
      throw new ObstaclesException(obstacles);
    }
  }

  private void add(int pid) throws SyscallException {
    found.put(pid, new FoundTask(pid, proc, tracer));
  }

  /**
   * Now that nobody moves any more: who is whose child. Some have ended since they were found, and
   * their children are others' now, or of nobody in the tree.
   */
  private void collect(int root) throws StasisException, SyscallException {
    Map<Integer, TaskStat> stats = new HashMap<>();
    Map<Integer, List<FoundTask>> children = new HashMap<>();
    for (FoundTask task : found.values()) {
      try {
        TaskStat stat = task.proc.stat();
        stats.put(task.pid, stat);
        children.computeIfAbsent(stat.ppid(), _ -> new ArrayList<>()).add(task);
      } catch (SyscallException e) {
        if (!FoundTask.hasEnded(e)) {
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
      for (FoundTask child : children.getOrDefault(parent.pid(), List.of())) {
        collect(child, parent, stats);
      }
    }
    Set<Integer> belong = new HashSet<>();
    for (SeizedTask task : tasks) {
      belong.add(task.pid());
    }
    for (FoundTask task : List.copyOf(found.values())) {
      if (!belong.contains(task.pid)) {
        forget(task);
      }
    }
  }

  private void collect(FoundTask task, @Nullable SeizedTask parent, Map<Integer, TaskStat> stats)
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

  private void forget(FoundTask task) throws SyscallException {
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

  /** Interrupts everybody known and looks for children; whether anybody new was found. */
  private boolean interruptMore() throws StasisException, SyscallException {
    boolean more = false;
    for (FoundTask task : List.copyOf(found.values())) {
      if (!task.zombie) {
        more |= task.interrupt();
      }
    }
    for (FoundTask task : List.copyOf(found.values())) {
      for (int tid : task.known()) {
        for (int child : task.children(tid)) {
          if (!found.containsKey(child)) {
            more |= addChild(child);
          }
        }
      }
    }
    return more;
  }

  /** Waits until all who were interrupted stand still. */
  private void settle() throws StasisException, SyscallException {
    long deadline = System.nanoTime() + tracer.timeoutNanos();
    for (; ; ) {
      FoundTask late = null;
      for (FoundTask task : found.values()) {
        late = task.settle(A_LITTLE_NANOS) ? late : task;
      }
      if (late == null) {
        return;
      }
      if (letGoAwaited()) {
        deadline = System.nanoTime() + tracer.timeoutNanos();
      } else if (System.nanoTime() > deadline) {
        throw doesNotStop(late);
      }
    }
  }

  private boolean letGoAwaited() throws SyscallException {
    boolean some = false;
    for (FoundTask task : found.values()) {
      for (FoundTask child : awaitedByVfork(task)) {
        child.letGo();
        some = true;
      }
    }
    return some;
  }

  /**
   * Held children without which a task never stops: it waits in vfork(2) until they call execve(2)
   * or end. Nobody is held before his parent stands still, except where a control group was frozen.
   */
  private List<FoundTask> awaitedByVfork(FoundTask task) throws SyscallException {
    List<FoundTask> awaited = new ArrayList<>();
    for (int tid : task.unsettled()) {
      for (int pid : task.childrenInItsMemory(tid)) {
        FoundTask child = found.get(pid);
        if (child != null && !child.threads.isEmpty()) {
          awaited.add(child);
        }
      }
    }
    return awaited;
  }

  private static StasisException doesNotStop(FoundTask task) throws SyscallException {
    int tid = task.unsettled().iterator().next();
    List<Integer> awaited = task.childrenInItsMemory(tid);
    return awaited.isEmpty()
        ? task.doesNotStop(
            tid,
            "it did not stop in time (" + task.where(tid) + ")",
            "Look what it waits for: often a file system or a device that does not answer.")
        : task.doesNotStop(
            tid,
            "it waits in vfork(2) for task " + awaited.getFirst() + " to call execve(2) or to end",
            "Dump when that one has done so.");
  }

  private boolean addChild(int child) throws SyscallException {
    try {
      add(child);
      return true;
    } catch (SyscallException e) {
      if (FoundTask.hasEnded(e)) { // and was waited for
        return false;
      }
      throw e;
    }
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
    for (FoundTask task : found.values()) {
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
    for (FoundTask task : found.values()) {
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
    for (FoundTask task : found.values()) {
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
    for (FoundTask task : found.values()) {
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
    for (FoundTask task : found.values()) {
      task.proc.close();
      task.pidfd.close();
    }
  }
}

package org.stasis.engine.capture;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.stasis.engine.Obstacle;
import org.stasis.engine.StasisException;
import org.stasis.linux.Errno;
import org.stasis.linux.Kcmp;
import org.stasis.linux.KernelString;
import org.stasis.linux.PidFd;
import org.stasis.linux.Ptrace;
import org.stasis.linux.SyscallException;
import org.stasis.linux.WaitStatus;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

/** A process on the way of being held by ptrace(2), thread by thread; it may end meanwhile. */
final class FoundTask {
  final int pid;
  final ProcTask proc;
  final PidFd pidfd;
  final Map<Integer, SeizedThread> threads = new LinkedHashMap<>();
  int stopSignal;
  boolean zombie;
  private final ProcFs all;
  private final Tracer tracer;
  private final Set<Integer> interrupted = new LinkedHashSet<>();

  /** Threads that somebody else holds, each with what it is refused for. */
  final Map<Integer, Obstacle> refused = new LinkedHashMap<>();

  FoundTask(int pid, ProcFs all, Tracer tracer) throws SyscallException {
    this.pid = pid;
    this.all = all;
    this.tracer = tracer;
    this.proc = all.task(pid);
    try {
      this.pidfd = PidFd.open(pid, 0);
    } catch (SyscallException e) {
      proc.close();
      throw e;
    }
  }

  /** Its threads as far as they have been interrupted. */
  Set<Integer> known() {
    Set<Integer> tids = new LinkedHashSet<>(threads.keySet());
    tids.addAll(interrupted);
    return tids;
  }

  /** What one of its threads has for children; nothing when it has ended. */
  List<Integer> children(int tid) throws SyscallException {
    try {
      return proc.children(tid);
    } catch (SyscallException e) {
      if (hasEnded(e)) {
        return List.of();
      }
      throw e;
    }
  }

  static boolean hasEnded(SyscallException failure) {
    return failure.is(Errno.ESRCH) || failure.is(Errno.ENOENT);
  }

  /**
   * Interrupts every thread that is not held yet.
   *
   * @return whether there was one, or may be when this one is looked at again
   * @throws StasisException when one cannot be held
   */
  boolean interrupt() throws StasisException, SyscallException {
    boolean more = false;
    try {
      for (int tid : proc.threads()) {
        if (!threads.containsKey(tid) && !interrupted.contains(tid) && !refused.containsKey(tid)) {
          more |= interrupt(tid);
        }
      }
    } catch (SyscallException e) {
      if (!hasEnded(e)) {
        throw e;
      }
    }
    return more;
  }

  private boolean interrupt(int tid) throws StasisException, SyscallException {
    try {
      Ptrace.seize(tid, Ptrace.PTRACE_O_TRACESYSGOOD);
    } catch (SyscallException e) {
      return explain(tid, e);
    }
    Ptrace.interrupt(tid);
    interrupted.add(tid);
    return true;
  }

  /**
   * Waits until all that were interrupted stand still.
   *
   * @param nanos how long to wait for each
   * @return whether all do
   */
  boolean settle(long nanos) throws SyscallException {
    for (Iterator<Integer> tids = interrupted.iterator(); tids.hasNext(); ) {
      if (settle(tids.next(), nanos)) {
        tids.remove();
      }
    }
    return interrupted.isEmpty();
  }

  /** Those that were interrupted and do not stand still yet. */
  Set<Integer> unsettled() {
    return interrupted;
  }

  private boolean settle(int tid, long nanos) throws SyscallException {
    boolean flushed = false;
    for (; ; ) {
      WaitStatus status = tracer.awaitBriefly(tid, nanos);
      if (status == null) {
        return false;
      }
      if (!(status instanceof WaitStatus.Stopped stopped)) {
        return true; // it ended meanwhile
      }
      if (stopped.event() == Ptrace.PTRACE_EVENT_STOP) {
        if (!stopped.isGroupStop() || flushed) {
          break;
        }
        stopSignal = stopped.signal();
        // Seized while it was stopped, it may have one more stop to make, for the interrupt: now.
        Ptrace.interrupt(tid);
        Ptrace.cont(tid, 0);
        flushed = true;
        continue;
      }
      // a signal was on its way: it is delivered first, as it would have been
      Ptrace.cont(tid, stopped.event() == 0 && !stopped.isSyscall() ? stopped.signal() : 0);
    }
    try (ProcTask thread = all.thread(pid, tid)) {
      threads.put(tid, SeizedThread.read(tracer, tid, thread.status()));
    }
    return true;
  }

  /** Lets its threads go on as if they had not been found yet. */
  void letGo() throws SyscallException {
    for (SeizedThread thread : threads.values()) {
      thread.detach(0);
    }
    threads.clear();
  }

  /** Children of a thread that have their memory with it, as after vfork(2). */
  List<Integer> childrenInItsMemory(int tid) throws SyscallException {
    List<Integer> sharing = new ArrayList<>();
    for (int child : children(tid)) {
      try {
        if (Kcmp.compare(child, tid, Kcmp.Type.VM) == 0) {
          sharing.add(child);
        }
      } catch (SyscallException e) {
        if (!hasEnded(e)) {
          throw e;
        }
      }
    }
    return sharing;
  }

  /** For the message: the state of a thread and where in the kernel it is. */
  String where(int tid) {
    try (ProcTask thread = all.thread(pid, tid)) {
      return "state " + thread.stat().state() + ", in " + KernelString.decode(thread.read("wchan"));
    } catch (SyscallException e) {
      return "its state cannot be read";
    }
  }

  StasisException doesNotStop(int tid, String why, String remedy) {
    return new StasisException(
        "task " + pid + " (" + name(pid) + ")",
        "stopping thread " + tid,
        why,
        Errno.ETIMEDOUT.number(),
        remedy,
        null);
  }

  /** Why a thread cannot be seized: it is a zombie, it is gone, or somebody else traces it. */
  private boolean explain(int tid, SyscallException failure) throws StasisException {
    int tracerPid;
    try (ProcTask thread = all.thread(pid, tid)) {
      if (tid == pid && proc.stat().state() == 'Z') {
        if (proc.threads().length > 1) {
          if (threads.isEmpty()) {
            return interrupted.isEmpty(); // perhaps all of them are just ending
          }
          refused.put(tid, leaderless());
          return false;
        }
        zombie = true;
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
      refused.put(tid, traced(tid, tracerPid));
      return false;
    }
    throw new StasisException(
        "task " + pid, "freezing thread " + tid, "It needs CAP_SYS_PTRACE.", failure);
  }

  private Obstacle leaderless() {
    return new Obstacle(
        "task " + pid + " (" + name(pid) + ")",
        "leader",
        "it has ended before its other threads, and no thread can be made a process without it",
        "Have the program end by exit(3), or keep its first thread waiting for the others.");
  }

  private Obstacle traced(int tid, int tracerPid) {
    return new Obstacle(
        "task " + pid + " (" + name(pid) + ")",
        tid == pid ? "being traced" : "thread " + tid + ", being traced",
        "process " + tracerPid + " (" + name(tracerPid) + ") holds it with ptrace",
        "end the debugger before the dump");
  }

  private String name(int of) {
    try (ProcTask task = all.task(of)) {
      return task.comm();
    } catch (SyscallException e) {
      return "gone"; // for the message alone
    }
  }
}

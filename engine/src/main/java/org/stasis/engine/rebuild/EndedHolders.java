package org.stasis.engine.rebuild;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.stasis.engine.capture.Tracer;
import org.stasis.linux.Processes;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;
import org.stasis.linux.proc.TaskStat;

/**
 * Waits until processes that have ended give up the ids a tree needs: after a dump, whoever was
 * their parent, or adopted them, may not yet have waited for them.
 */
final class EndedHolders {
  private static final long PATIENCE_NANOS = 3_000_000_000L;

  private final Set<Integer> ids = new HashSet<>();

  EndedHolders(Collection<TaskImages> tasks) {
    for (TaskImages task : tasks) {
      ids.add(task.pid());
      ids.add(task.entry().getPgid());
      ids.add(task.entry().getSid());
    }
    ids.remove(0);
  }

  /** Returns at once when nobody has one of the ids, or somebody has that lives on. */
  void await(Tracer tracer) throws SyscallException {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    if (inUse()) {
      tracer.await(
          "the end of processes that have pids of the tree",
          () -> System.nanoTime() > deadline || !heldByEndedOnly());
    }
  }

  /** A quick look: as process, or as process group with members. */
  private boolean inUse() {
    for (int id : ids) {
      if (exists(id) || exists(-id)) {
        return true;
      }
    }
    return false;
  }

  private static boolean exists(int id) {
    try {
      Processes.kill(id, 0);
      return true;
    } catch (SyscallException e) {
      return e.is(org.stasis.linux.Errno.EPERM);
    }
  }

  private boolean heldByEndedOnly() {
    boolean ended = false;
    try (ProcFs proc = ProcFs.open()) {
      for (int pid : proc.pids()) {
        try (ProcTask task = proc.task(pid)) {
          TaskStat stat = task.stat();
          if (ids.contains(pid) || ids.contains(stat.pgrp()) || ids.contains(stat.session())) {
            if (stat.state() != 'Z') {
              return false;
            }
            ended = true;
          }
        } catch (SyscallException e) {
          continue; // it is gone
        }
      }
    } catch (SyscallException e) {
      return false; // making the tree will tell
    }
    return ended;
  }
}

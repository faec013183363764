package org.stasis.engine.rebuild;

import java.util.ArrayList;
import java.util.List;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;
import org.stasis.linux.proc.TaskStatus;

/** Who has an id that a restored task needs, for whoever has to make room. */
final class PidHolders {
  private PidHolders() {}

  /**
   * Looks for the holders of an id.
   *
   * @param id in the pid namespace of {@code near}
   * @param near a process of that namespace, or 0 for the engine's own
   * @return such as {@code "process 12 (sh)"}, nothing when nobody has it any more
   */
  static List<String> of(int id, int near) {
    List<String> holders = new ArrayList<>();
    try (ProcFs proc = ProcFs.open()) {
      int self = (int) ProcessHandle.current().pid();
      long namespace = namespace(proc, near == 0 ? self : near);
      for (int pid : proc.pids()) {
        try (ProcTask task = proc.task(pid)) {
          if (task.namespace("pid") == namespace) {
            add(holders, id, pid, task);
          }
        } catch (SyscallException e) {
          continue; // it has ended
        }
      }
    } catch (SyscallException e) {
      holders.add("nobody that could be asked: " + e.getMessage());
    }
    return holders;
  }

  private static long namespace(ProcFs proc, int pid) throws SyscallException {
    try (ProcTask task = proc.task(pid)) {
      return task.namespace("pid");
    }
  }

  private static void add(List<String> holders, int id, int pid, ProcTask task)
      throws SyscallException {
    TaskStatus status = task.status();
    String name = "process " + pid + " (" + task.comm() + ")";
    if (status.state() == 'Z') {
      name += ", which has ended and which process " + status.ppid() + " has yet to wait for";
    }
    if (status.nsPid().getLast() == id) {
      holders.add(name);
      return;
    }
    for (int tid : task.threads()) {
      try (ProcFs proc = ProcFs.open();
          ProcTask thread = proc.thread(pid, tid)) {
        if (thread.status().nsPid().getLast() == id) {
          holders.add("thread " + tid + " of " + name);
        }
      }
    }
    if (status.nsSid().getLast() == id) {
      holders.add(name + ", as its session");
    } else if (status.nsPgid().getLast() == id) {
      holders.add(name + ", as its process group");
    }
  }
}

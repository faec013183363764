package org.stasis.engine.capture;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.FileLock;
import org.stasis.linux.proc.ProcFs;

/** Whether a task of the tree has a record lock, fcntl(2), or waits for one. Asked for once. */
final class RecordLocks {
  private final List<SeizedTask> tasks;
  private @Nullable Boolean held;

  RecordLocks(List<SeizedTask> tasks) {
    this.tasks = tasks;
  }

  boolean held() throws SyscallException {
    if (held == null) {
      Set<Integer> pids = new HashSet<>();
      for (SeizedTask task : tasks) {
        pids.add(task.pid());
      }
      try (ProcFs proc = ProcFs.open()) {
        held = held(proc.locks(), pids);
      }
    }
    return held;
  }

  private static boolean held(List<FileLock> locks, Set<Integer> pids) {
    for (FileLock lock : locks) {
      if (lock.kind().equals("POSIX") && pids.contains(lock.pid())) {
        return true;
      }
    }
    return false;
  }
}

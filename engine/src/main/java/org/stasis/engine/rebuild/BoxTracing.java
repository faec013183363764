package org.stasis.engine.rebuild;

import java.util.List;
import org.stasis.engine.capture.Tracer;
import org.stasis.engine.options.Box;
import org.stasis.engine.spi.BoxInit;
import org.stasis.linux.Errno;
import org.stasis.linux.Ptrace;
import org.stasis.linux.SeccompFilter;
import org.stasis.linux.SyscallException;
import org.stasis.linux.WaitStatus;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

/**
 * Holds the first process of a container by ptrace while it is filled, and everybody it makes, when
 * the runtime has confined it with seccomp: what is filtered there is what we have to do. Its
 * filters are suspended as long as it is traced.
 */
final class BoxTracing {
  private static final int OPTIONS =
      RestoredThread.WITH_US
          | Ptrace.PTRACE_O_TRACEFORK
          | Ptrace.PTRACE_O_TRACEVFORK
          | Ptrace.PTRACE_O_TRACECLONE;

  private final BoxInit init;

  private BoxTracing(BoxInit init) {
    this.init = init;
  }

  /**
   * Takes hold of it.
   *
   * @param box the container
   * @param pid its first process
   * @param tracer waits for it
   * @throws SyscallException when it is gone
   */
  static BoxTracing begin(Box box, int pid, Tracer tracer) throws SyscallException {
    try (ProcFs proc = ProcFs.open();
        ProcTask task = proc.task(pid)) {
      if (task.status().seccomp() == 0) {
        return new BoxTracing(new BoxInit(box, pid, List.of()));
      }
    }
    Ptrace.seize(pid, OPTIONS);
    Ptrace.interrupt(pid);
    while (tracer.await(pid) instanceof WaitStatus.Stopped stopped) {
      if (stopped.event() == Ptrace.PTRACE_EVENT_STOP) {
        List<SeccompFilter> filters = SeccompFilter.all(pid);
        Ptrace.cont(pid, 0);
        return new BoxTracing(new BoxInit(box, pid, filters));
      }
      goOn(pid, stopped);
    }
    throw new SyscallException("the container's first process " + pid, Errno.ESRCH.number());
  }

  BoxInit init() {
    return init;
  }

  /** Whether everybody in the container is traced already. */
  boolean holdsAll() {
    return !init.filters().isEmpty();
  }

  /**
   * Lets those go on who stopped since, because they made somebody or are new.
   *
   * @throws SyscallException when the kernel refuses
   */
  void tend() throws SyscallException {
    if (!holdsAll()) {
      return;
    }
    Tracer.takeChanges(
        (tid, status) -> {
          if (status instanceof WaitStatus.Stopped stopped) {
            goOn(tid, stopped);
          }
        });
  }

  private static void goOn(int tid, WaitStatus.Stopped stopped) throws SyscallException {
    try {
      Ptrace.cont(tid, stopped.event() == 0 && !stopped.isSyscall() ? stopped.signal() : 0);
    } catch (SyscallException e) {
      if (!e.is(Errno.ESRCH)) { // killed meanwhile
        throw e;
      }
    }
  }
}

package org.stasis.shim.runc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import org.stasis.linux.Errno;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;
import org.stasis.linux.proc.TaskStat;

/** What becomes of a container, as runc and crun tell it. */
enum ContainerStatus {
  /** Its init is there and waits to be started. */
  CREATED,
  RUNNING,
  /** Its control group is frozen. */
  PAUSED,
  /** Its init has ended; another process may have its pid. */
  STOPPED;

  private static final String START = "exec.fifo";

  /**
   * Looks at a container.
   *
   * @throws RuntimeFailure when its control group cannot be read
   */
  static ContainerStatus of(Container container) throws RuntimeFailure, SyscallException {
    if (!isAlive(container)) {
      return STOPPED;
    }
    if (Files.exists(container.folder().resolve(START))) {
      return CREATED;
    }
    return container.freezer().isPresent() && isFrozen(container.freezer().get())
        ? PAUSED
        : RUNNING;
  }

  private static boolean isAlive(Container container) throws SyscallException {
    try (ProcFs proc = ProcFs.open();
        ProcTask init = proc.task(container.pid())) {
      TaskStat stat = init.stat();
      return stat.state() != 'Z'
          && stat.state() != 'X'
          && stat.starttime() == container.startTicks();
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ESRCH)) {
        return false;
      }
      throw e;
    }
  }

  private static boolean isFrozen(Path group) throws RuntimeFailure {
    try {
      String state = Files.readString(group.resolve("freezer.state"));
      return state.startsWith("FRO") || state.startsWith("FREEZING");
    } catch (NoSuchFileException _) {
      return isFrozenByEvents(group);
    } catch (IOException e) {
      throw new RuntimeFailure("cannot read the state of the control group " + group + ": " + e, e);
    }
  }

  private static boolean isFrozenByEvents(Path group) throws RuntimeFailure {
    try {
      return Files.readString(group.resolve("cgroup.events")).contains("frozen 1");
    } catch (NoSuchFileException _) {
      return false; // a control group that is gone freezes nobody
    } catch (IOException e) {
      throw new RuntimeFailure("cannot read the state of the control group " + group + ": " + e, e);
    }
  }

  /** As runc and crun print it. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}

package org.stasis.engine.capture;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.spi.TaskView;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.PidFd;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.ProcTask;
import org.stasis.linux.proc.SmapEntry;
import org.stasis.linux.proc.TaskStat;
import org.stasis.linux.proc.TaskStatus;

/**
 * A process whose threads are all held by ptrace(2), or a zombie. What {@code /proc} says of it is
 * read once, after it has stopped.
 */
public final class SeizedTask implements TaskView, AutoCloseable {
  private final int pid;
  private final @Nullable SeizedTask parent;
  private final ProcTask proc;
  private final PidFd pidfd;
  private final TaskStat stat;
  private final TaskStatus status;
  private final List<SeizedThread> threads;
  private final int stopSignal;
  private @Nullable List<SmapEntry> smaps;
  private @Nullable Fd memory;

  SeizedTask(
      int pid,
      @Nullable SeizedTask parent,
      ProcTask proc,
      PidFd pidfd,
      TaskStat stat,
      List<SeizedThread> threads,
      int stopSignal)
      throws SyscallException {
    this.pid = pid;
    this.parent = parent;
    this.proc = proc;
    this.pidfd = pidfd;
    this.threads = new ArrayList<>(threads);
    this.stopSignal = stopSignal;
    this.stat = stat;
    this.status = proc.status();
  }

  @Override
  public int pid() {
    return pid;
  }

  @Override
  public int nsPid() {
    return status.nsPid().getLast();
  }

  @Override
  public PidFd pidfd() {
    return pidfd;
  }

  @Override
  public String describe() {
    return "task " + nsPid() + " (" + stat.comm() + ")";
  }

  /**
   * Its directory below /proc.
   *
   * @return owned by this task
   */
  public ProcTask proc() {
    return proc;
  }

  /**
   * Its parent, when that is in the tree.
   *
   * @return null for the root
   */
  public @Nullable SeizedTask parent() {
    return parent;
  }

  /**
   * {@code /proc/PID/stat}.
   *
   * @return as it was when all had stopped
   */
  public TaskStat stat() {
    return stat;
  }

  /**
   * {@code /proc/PID/status}.
   *
   * @return as it was when all had stopped
   */
  public TaskStatus status() {
    return status;
  }

  /**
   * Its threads, the leader first.
   *
   * @return none for a zombie
   */
  public List<SeizedThread> threads() {
    return threads;
  }

  /**
   * Whether it has ended and waits to be waited for.
   *
   * @return true for a zombie
   */
  public boolean isZombie() {
    return threads.isEmpty();
  }

  /**
   * The signal that had stopped it before it was seized.
   *
   * @return 0 when it was running
   */
  public int stopSignal() {
    return stopSignal;
  }

  /**
   * Its mappings.
   *
   * @return {@code /proc/PID/smaps}, read at the first call
   * @throws SyscallException when it is gone
   */
  public List<SmapEntry> smaps() throws SyscallException {
    if (smaps == null) {
      smaps = proc.smaps();
    }
    return smaps;
  }

  /**
   * Its memory.
   *
   * @return {@code /proc/PID/mem}, open for reading and writing, owned by this task
   * @throws SyscallException when it is gone
   */
  Fd memory() throws SyscallException {
    if (memory == null) {
      memory = proc.open("mem", Open.O_RDWR | Open.O_CLOEXEC);
    }
    return memory;
  }

  @Override
  public void close() throws SyscallException {
    try (ProcTask _ = proc;
        PidFd _ = pidfd;
        Fd _ = memory) {
      threads.clear();
    }
  }
}

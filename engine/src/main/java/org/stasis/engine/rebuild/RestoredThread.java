package org.stasis.engine.rebuild;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.stasis.engine.StasisException;
import org.stasis.engine.capture.Tracer;
import org.stasis.engine.x86.ExtendedState;
import org.stasis.engine.x86.Registers;
import org.stasis.engine.x86.XsaveLayout;
import org.stasis.images.proto.CoreEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.Ptrace;
import org.stasis.linux.Signal;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.WaitStatus;
import org.stasis.linux.agent.AgentBlob;
import org.stasis.linux.x86.UserRegs;

/** A thread that has been made and waits in the agent for its own registers. */
final class RestoredThread {
  private static final int OPTIONS = Ptrace.PTRACE_O_TRACESYSGOOD | Ptrace.PTRACE_O_SUSPEND_SECCOMP;

  /** One that has its registers already would run on alone if the engine died now. */
  static final int WITH_US = OPTIONS | Ptrace.PTRACE_O_EXITKILL;

  private final Tracer tracer;
  private final int tid;
  private final boolean leader;
  private final CoreEntry core;
  private final TaskImages task;

  private RestoredThread(Tracer tracer, int tid, boolean leader, CoreEntry core, TaskImages task) {
    this.tracer = tracer;
    this.tid = tid;
    this.leader = leader;
    this.core = core;
    this.task = task;
  }

  /**
   * Takes hold of all threads of a task, while they run on.
   *
   * @param task what they are
   * @param hostPid the process, in the engine's pid namespace
   * @param tracer waits for them
   * @param held whether they are traced already
   * @return the threads, the leader last: it takes the agent away from under all of them
   * @throws IOException when one is gone
   */
  static List<RestoredThread> seizeAll(TaskImages task, int hostPid, Tracer tracer, boolean held)
      throws IOException {
    List<RestoredThread> threads = new ArrayList<>();
    IntUnaryOperator tids = HostPids.threads(hostPid, task.cores().size());
    for (int i = task.cores().size() - 1; i >= 0; i--) {
      int nsTid = task.entry().getThreads(i);
      int tid = tids.applyAsInt(nsTid);
      if (tid == 0) {
        throw new IOException("process " + hostPid + " has no thread " + nsTid);
      }
      if (!held) {
        Ptrace.seize(tid, WITH_US);
      }
      threads.add(new RestoredThread(tracer, tid, i == 0, task.cores().get(i), task));
    }
    return threads;
  }

  /**
   * Stops it.
   *
   * @throws SyscallException when it is gone
   */
  void halt() throws SyscallException {
    Ptrace.interrupt(tid);
    for (; ; ) {
      WaitStatus status = tracer.await(tid);
      if (!(status instanceof WaitStatus.Stopped stopped)) {
        throw new SyscallException("thread " + tid + " ended", Errno.ESRCH.number());
      }
      if (stopped.event() == Ptrace.PTRACE_EVENT_STOP) {
        return;
      }
      Ptrace.cont(tid, 0);
    }
  }

  /**
   * Gives it its registers and signal mask; a leader unmaps the agent first.
   *
   * @param blob the agent
   * @param area where it is
   * @param layout where this processor keeps extended state
   * @throws SyscallException when it is gone
   * @throws StasisException when its registers cannot be had here
   */
  void becomeItself(AgentBlob blob, AgentArea area, XsaveLayout layout)
      throws SyscallException, StasisException {
    byte[] current = Ptrace.getRegset(tid, Ptrace.NT_X86_XSTATE);
    byte[] xstate =
        ExtendedState.restore(core.getThreadInfo().getFpregs(), current, layout, task.describe());
    if (leader) {
      unmap(blob, area);
    }
    setExtendedState(xstate);
    Registers.restore(core.getThreadInfo().getGpregs()).write(tid);
    Ptrace.setSignalMask(
        tid, leader ? core.getTc().getBlkSigset() : core.getThreadCore().getBlkSigset());
  }

  private void setExtendedState(byte[] xstate) throws SyscallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment area = arena.allocate(xstate.length, 64);
      MemorySegment.copy(xstate, 0, area, ValueLayout.JAVA_BYTE, 0, xstate.length);
      Ptrace.setRegset(tid, Ptrace.NT_X86_XSTATE, area);
    }
  }

  private void unmap(AgentBlob blob, AgentArea area) throws SyscallException {
    UserRegs call = UserRegs.read(tid);
    call.origRax(-1);
    call.rip(area.start() + blob.call());
    call.rax(SyscallNumber.MUNMAP);
    call.rdi(area.start());
    call.rsi(area.bytes());
    call.write(tid);
    awaitSyscallStop();
    awaitSyscallStop();
    long result = UserRegs.read(tid).rax();
    if (result != 0) {
      throw new SyscallException("unmapping the agent in thread " + tid, (int) -result);
    }
  }

  private void awaitSyscallStop() throws SyscallException {
    Ptrace.syscall(tid, 0);
    WaitStatus status = tracer.await(tid);
    if (!(status instanceof WaitStatus.Stopped stopped) || !stopped.isSyscall()) {
      throw new SyscallException("thread " + tid + ": " + status, Errno.ESRCH.number());
    }
  }

  /**
   * From now on it is not killed when the engine dies: it would go on as if it were released.
   *
   * @throws SyscallException when it is gone
   */
  void outliveUs() throws SyscallException {
    Ptrace.setOptions(tid, OPTIONS);
  }

  /**
   * Lets it go; it may have ended already, because another one that was let go has ended it.
   *
   * @throws SyscallException when it is not stopped
   */
  void detach() throws SyscallException {
    try {
      Ptrace.detach(tid, leader && task.isStopped() ? stopSignal() : 0);
    } catch (SyscallException e) {
      if (!e.is(Errno.ESRCH) || !HostPids.isDead(tid)) {
        throw e;
      }
    }
  }

  private int stopSignal() {
    return core.getTc().hasStopSigno() ? core.getTc().getStopSigno() : Signal.SIGSTOP;
  }
}

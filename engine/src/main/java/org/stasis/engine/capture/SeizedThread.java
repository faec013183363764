package org.stasis.engine.capture;

import java.util.List;
import org.stasis.engine.threads.RestartableSequence;
import org.stasis.engine.x86.SyscallRestart;
import org.stasis.linux.Errno;
import org.stasis.linux.Ptrace;
import org.stasis.linux.SigInfo;
import org.stasis.linux.SyscallException;
import org.stasis.linux.WaitStatus;
import org.stasis.linux.proc.TaskStatus;
import org.stasis.linux.x86.UserRegs;

/**
 * A thread held by ptrace(2), with everything that makes it itself: whatever is done to it in
 * between, {@link #bringHome} puts it back as it was when it was stopped.
 */
public final class SeizedThread {
  private static final long ALL_SIGNALS = -1L;

  private final Tracer tracer;
  private final int tid;
  private final int nsTid;
  private final boolean confined;
  private final UserRegs regs;
  private final RestartableSequence sequence;
  private final byte[] xstate;
  private final long signalMask;
  private final List<SigInfo> pending;
  private boolean away;
  private boolean running;
  private boolean inSyscall;

  private SeizedThread(Tracer tracer, int tid, TaskStatus status) throws SyscallException {
    this.tracer = tracer;
    this.tid = tid;
    this.nsTid = status.nsPid().getLast();
    this.confined = status.seccomp() != 0;
    // only now that it stands still: what runs has to be confined as it was
    int suspended = confined ? Ptrace.PTRACE_O_SUSPEND_SECCOMP : 0;
    Ptrace.setOptions(tid, Ptrace.PTRACE_O_TRACESYSGOOD | suspended);
    this.regs = UserRegs.read(tid);
    SyscallRestart.hideStop(regs);
    this.sequence = RestartableSequence.of(tid, regs.rip());
    sequence.abort().ifPresent(regs::rip); // where the kernel would have sent it
    this.xstate = Ptrace.getRegset(tid, Ptrace.NT_X86_XSTATE);
    this.signalMask = Ptrace.getSignalMask(tid);
    this.pending = Ptrace.peekSigInfo(tid, false);
  }

  /**
   * Reads a thread that is stopped at PTRACE_EVENT_STOP.
   *
   * @param tracer waits for it
   * @param tid the thread, in the engine's pid namespace
   * @param status as it is now
   * @return the thread
   * @throws SyscallException when it cannot be read; ESRCH when it was killed
   */
  static SeizedThread read(Tracer tracer, int tid, TaskStatus status) throws SyscallException {
    return new SeizedThread(tracer, tid, status);
  }

  /**
   * Its id in the engine's pid namespace.
   *
   * @return a positive number
   */
  public int tid() {
    return tid;
  }

  /**
   * Its id in its own, innermost pid namespace.
   *
   * @return a positive number
   */
  public int nsTid() {
    return nsTid;
  }

  /**
   * Whether it has seccomp filters or strict mode, which are suspended while it is held.
   *
   * @return as /proc says
   */
  boolean confined() {
    return confined;
  }

  /**
   * Its registers as it was stopped.
   *
   * @return a copy
   */
  public UserRegs regs() {
    return regs.copy();
  }

  /**
   * Its area for restartable sequences. A section that it was stopped in is aborted: {@link #regs}
   * are those it goes on with.
   *
   * @return with address 0 when it has none
   */
  public RestartableSequence sequence() {
    return sequence;
  }

  /**
   * Its extended state, an XSAVE area in the standard format.
   *
   * @return as PTRACE_GETREGSET NT_X86_XSTATE gives it
   */
  public byte[] xstate() {
    return xstate.clone();
  }

  /**
   * Its blocked signals.
   *
   * @return bit n-1 for signal n
   */
  public long signalMask() {
    return signalMask;
  }

  /**
   * Signals queued for this thread alone.
   *
   * @return in delivery order
   */
  public List<SigInfo> pending() {
    return pending;
  }

  /**
   * Sends it away to run our code. Its signals are blocked only once its registers lead home, so
   * that it finds back even if the engine ends in between.
   *
   * @param to registers to start from
   * @throws SyscallException when it is gone
   */
  void sendAway(UserRegs to) throws SyscallException {
    to.origRax(-1); // no system call to be restarted
    to.write(tid);
    if (!away) {
      Ptrace.setSignalMask(tid, ALL_SIGNALS);
      away = true;
    }
  }

  /**
   * Lets it run until {@link #halt}.
   *
   * @throws SyscallException when it is gone
   */
  void go() throws SyscallException {
    Ptrace.cont(tid, 0);
    running = true;
    inSyscall = false;
  }

  /**
   * Brings it to a stop in the signal path, wherever it is: from there the kernel still decides by
   * the registers whether an interrupted call is restarted or fails with EINTR. A thread that is at
   * a system call stop gets there without running a single instruction.
   *
   * @throws SyscallException when it is gone or does not stop in time
   */
  void halt() throws SyscallException {
    if (!running && !inSyscall) {
      return;
    }
    Ptrace.interrupt(tid);
    if (inSyscall) {
      Ptrace.cont(tid, 0);
    }
    awaitStop();
    running = false;
    inSyscall = false;
  }

  /**
   * Waits for the stop that PTRACE_INTERRUPT asked for, letting whatever comes before it pass: a
   * signal on its way is delivered first, as it would have been.
   *
   * @throws SyscallException when it is gone or does not stop in time
   */
  private void awaitStop() throws SyscallException {
    for (; ; ) {
      WaitStatus status = tracer.awaitSurely(tid);
      if (!(status instanceof WaitStatus.Stopped stopped)) {
        throw new SyscallException("thread " + tid + " ended", Errno.ESRCH.number());
      }
      if (stopped.event() == Ptrace.PTRACE_EVENT_STOP) {
        return;
      }
      Ptrace.cont(tid, stopped.event() == 0 && !stopped.isSyscall() ? stopped.signal() : 0);
    }
  }

  /**
   * Makes the thread execute one system call; it must be stopped.
   *
   * @param instruction address of a system call instruction that is safe to be at
   * @param number the call
   * @param a first argument
   * @param b second argument
   * @param c third argument
   * @param d fourth argument
   * @param e fifth argument
   * @param f sixth argument
   * @return the kernel's answer, -errno on failure
   * @throws SyscallException when the thread is gone
   */
  long call(long instruction, int number, long a, long b, long c, long d, long e, long f)
      throws SyscallException {
    UserRegs call = regs.copy();
    call.rip(instruction);
    call.rax(number);
    call.rdi(a);
    call.rsi(b);
    call.rdx(c);
    call.r10(d);
    call.r8(e);
    call.r9(f);
    sendAway(call);
    inSyscall = true;
    awaitSyscallStop();
    awaitSyscallStop();
    return UserRegs.read(tid).rax();
  }

  private void awaitSyscallStop() throws SyscallException {
    Ptrace.syscall(tid, 0);
    for (; ; ) {
      WaitStatus status = tracer.awaitSurely(tid);
      if (!(status instanceof WaitStatus.Stopped stopped)) {
        throw new SyscallException("thread " + tid + " ended", Errno.ESRCH.number());
      }
      if (stopped.isSyscall()) {
        return;
      }
      // a stop of job control comes first; signals are blocked
      Ptrace.syscall(tid, stopped.event() == 0 ? stopped.signal() : 0);
    }
  }

  /**
   * Puts it back as it was: the next thing it does is what it would have done. It stays stopped.
   *
   * @throws SyscallException when it is gone
   */
  void bringHome() throws SyscallException {
    if (!away) {
      return;
    }
    halt();
    Ptrace.setSignalMask(tid, signalMask);
    regs.write(tid);
    away = false;
  }

  /** It does not stop: the agent and its stub bring it home without us, once it runs again. */
  void leaveAlone() {
    away = false;
    running = false;
    inSyscall = false;
  }

  /**
   * Lets go of it.
   *
   * @param signal to be delivered, 0 for none
   * @throws SyscallException when it is gone
   */
  void detach(int signal) throws SyscallException {
    Ptrace.detach(tid, signal);
  }

  @Override
  public String toString() {
    return "thread " + tid + " (" + nsTid + ")";
  }
}

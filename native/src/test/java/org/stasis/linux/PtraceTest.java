package org.stasis.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.stasis.linux.x86.UserRegs;

@DisplayName("A traced task")
class PtraceTest {
  private static final int OPTIONS = Ptrace.PTRACE_O_TRACESYSGOOD | Ptrace.PTRACE_O_EXITKILL;

  private static void stop(int pid) throws SyscallException {
    Ptrace.seize(pid, OPTIONS);
    Ptrace.interrupt(pid);
    assertThat(Processes.await(pid, 0))
        .isEqualTo(
            new Processes.Waited(
                pid, new WaitStatus.Stopped(Signal.SIGTRAP, Ptrace.PTRACE_EVENT_STOP)));
  }

  private static WaitStatus next(int pid) throws SyscallException {
    return Processes.await(pid, 0).status();
  }

  @Test
  void makesASystemCallWithTheRegistersItIsGiven() throws IOException {
    try (Specimen idle = Specimen.start("idle")) {
      int pid = idle.awaitCall(SyscallNumber.PAUSE).pid();
      stop(pid);
      UserRegs before = UserRegs.read(pid);
      assertThat(SyscallStop.of(pid)).isInstanceOf(SyscallStop.None.class);
      assertThat(UserRegs.runs32BitCode(pid)).isFalse();
      UserRegs call = before.copy();
      call.rip(before.rip() - 2); // it sleeps in a call: the instruction is just before
      call.rax(SyscallNumber.KILL);
      call.origRax(-1);
      call.rdi(pid);
      call.rsi(0x7f);
      call.write(pid);
      Ptrace.syscall(pid, 0);
      assertThat(((WaitStatus.Stopped) next(pid)).isSyscall()).isTrue();
      SyscallStop.Entry entry = (SyscallStop.Entry) SyscallStop.of(pid);
      assertThat(entry.number()).isEqualTo(SyscallNumber.KILL);
      assertThat(entry.arguments()).startsWith(pid, 0x7f);
      assertThat(entry.arch()).isEqualTo(0xc000003e);
      Ptrace.syscall(pid, 0);
      assertThat(((WaitStatus.Stopped) next(pid)).isSyscall()).isTrue();
      assertThat(SyscallStop.of(pid)).isEqualTo(new SyscallStop.Exit(-Errno.EINVAL.number(), true));
      assertThat(UserRegs.read(pid).rax()).isEqualTo(-Errno.EINVAL.number());
      before.write(pid);
      assertThat(UserRegs.read(pid)).isEqualTo(before);
      Ptrace.detach(pid, 0);
      assertThatThrownBy(() -> UserRegs.read(pid))
          .matches(e -> ((SyscallException) e).is(Errno.ESRCH));
    }
  }

  @Test
  void showsAllItsPendingSignals() throws IOException {
    int count = 70; // more than two batches
    try (Specimen specimen = Specimen.start("signals", "" + count)) {
      int pid = specimen.pid();
      stop(pid);
      List<SigInfo> own = Ptrace.peekSigInfo(pid, false);
      assertThat(own).extracting(SigInfo::signal).containsExactly(Signal.SIGUSR2);
      assertThat(own.getFirst().code()).isEqualTo(-6); // SI_TKILL
      List<SigInfo> shared = Ptrace.peekSigInfo(pid, true);
      assertThat(shared).hasSize(count + 1);
      assertThat(shared.getFirst().signal()).isEqualTo(Signal.SIGUSR1);
      assertThat(shared.getFirst().code()).isZero(); // SI_USER
      assertThat(shared.getFirst().pid()).isEqualTo(pid);
      assertThat(shared.getLast().signal()).isEqualTo(40);
      assertThat(shared.getLast().code()).isEqualTo(-1); // SI_QUEUE
      assertThat(shared.getLast().status()).isEqualTo(count - 1); // si_int lies there too
      assertThat(SigInfo.of(own.getFirst().bytes())).isEqualTo(own.getFirst());
      long blocked = 1L << (Signal.SIGUSR1 - 1) | 1L << (Signal.SIGUSR2 - 1) | 1L << (40 - 1);
      assertThat(Ptrace.getSignalMask(pid)).isEqualTo(blocked);
      Ptrace.setSignalMask(pid, blocked & ~(1L << (Signal.SIGUSR2 - 1)));
      Ptrace.cont(pid, 0);
      assertThat(next(pid)).isEqualTo(new WaitStatus.Stopped(Signal.SIGUSR2, 0));
      SigInfo info = Ptrace.getSigInfo(pid);
      assertThat(info).isEqualTo(own.getFirst());
      byte[] changed = info.bytes();
      changed[0] = Signal.SIGTERM;
      Ptrace.setSigInfo(pid, SigInfo.of(changed));
      assertThat(Ptrace.getSigInfo(pid).signal()).isEqualTo(Signal.SIGTERM);
      Ptrace.cont(pid, Signal.SIGUSR2); // the siginfo's number does not count, this does
      assertThat(next(pid)).isEqualTo(new WaitStatus.Signaled(Signal.SIGUSR2, false));
    }
  }

  @Test
  void hasItsMemoryPeekedAndPoked() throws IOException {
    try (Specimen idle = Specimen.start("idle")) {
      int pid = idle.pid();
      long address = idle.number(0);
      stop(pid);
      assertThat(Ptrace.peek(pid, address)).isEqualTo(0x6161616161616161L);
      Ptrace.poke(pid, address, -1);
      assertThat(Ptrace.peek(pid, address)).isEqualTo(-1);
      assertThat(Ptrace.peek(pid, address + 2 * 4096)).isZero(); // no access for itself
      assertThatThrownBy(() -> Ptrace.peek(pid, 8)).hasMessage("ptrace PEEKDATA " + pid + ": EIO");
      Ptrace.detach(pid, 0);
    }
  }

  @Test
  void hasItsOtherRegistersReadAndWritten() throws IOException {
    try (Specimen idle = Specimen.start("idle");
        Arena arena = Arena.ofConfined()) {
      int pid = idle.pid();
      stop(pid);
      MemorySegment fp = arena.allocate(4096);
      assertThat(Ptrace.getRegset(pid, Ptrace.NT_PRFPREG, fp)).isEqualTo(512);
      byte[] xstate = Ptrace.getRegset(pid, Ptrace.NT_X86_XSTATE);
      assertThat(xstate).hasSizeGreaterThanOrEqualTo(576);
      MemorySegment back = arena.allocate(xstate.length, 64);
      back.copyFrom(MemorySegment.ofArray(xstate));
      back.set(JAVA_BYTE, 160, (byte) 0x5a); // xmm0
      back.set(JAVA_BYTE, 512, (byte) (back.get(JAVA_BYTE, 512) | 2)); // SSE is in use
      Ptrace.setRegset(pid, Ptrace.NT_X86_XSTATE, back);
      assertThat(Ptrace.getRegset(pid, Ptrace.NT_X86_XSTATE)[160]).isEqualTo((byte) 0x5a);
      Ptrace.detach(pid, 0);
    }
  }

  @Test
  void tellsWhatItRegisteredWithTheKernel() throws IOException {
    try (Specimen idle = Specimen.start("idle")) {
      int pid = idle.pid();
      stop(pid);
      RseqConfiguration rseq = RseqConfiguration.of(pid);
      assertThat(rseq.signature()).isEqualTo(0x53053053); // what glibc registers on x86
      assertThat(rseq.pointer()).isNotZero();
      assertThat(rseq.size()).isGreaterThanOrEqualTo(32);
      Ptrace.detach(pid, 0);
    }
  }

  @Test
  void tellsWhetherItHandlesItsSystemCallsItself() throws IOException {
    KernelVersion.need(6, 4, "PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG");
    try (Specimen idle = Specimen.start("idle")) {
      stop(idle.pid());
      assertThat(SyscallUserDispatch.of(idle.pid())).isEqualTo(new SyscallUserDispatch(0, 0, 0, 0));
      Ptrace.detach(idle.pid(), 0);
    }
  }

  @Test
  void staysInAGroupStopAndIsLetOutOfIt() throws IOException {
    try (Specimen idle = Specimen.start("idle")) {
      int pid = idle.pid();
      Ptrace.seize(pid, OPTIONS);
      Processes.kill(pid, Signal.SIGSTOP);
      assertThat(next(pid)).isEqualTo(new WaitStatus.Stopped(Signal.SIGSTOP, 0));
      Ptrace.cont(pid, Signal.SIGSTOP);
      WaitStatus.Stopped stopped = (WaitStatus.Stopped) next(pid);
      assertThat(stopped.isGroupStop()).isTrue();
      assertThat(stopped.signal()).isEqualTo(Signal.SIGSTOP);
      Ptrace.listen(pid);
      Processes.kill(pid, Signal.SIGCONT);
      assertThat(next(pid))
          .isEqualTo(new WaitStatus.Stopped(Signal.SIGTRAP, Ptrace.PTRACE_EVENT_STOP));
      Ptrace.cont(pid, 0);
      assertThat(next(pid)).isEqualTo(new WaitStatus.Stopped(Signal.SIGCONT, 0));
      Ptrace.detach(pid, 0);
    }
  }

  @Test
  void tellsWithWhatItEnds() throws IOException {
    try (Specimen idle = Specimen.start("idle");
        PidFd pidfd = PidFd.open(idle.pid(), 0)) {
      int pid = idle.pid();
      Ptrace.seize(pid, OPTIONS | Ptrace.PTRACE_O_TRACEEXIT);
      assertThat(Processes.await(pid, Processes.WNOHANG)).isNull();
      Processes.kill(pid, Signal.SIGTERM);
      Processes.Waited signalled =
          new Processes.Waited(pid, new WaitStatus.Stopped(Signal.SIGTERM, 0));
      assertThat(pidfd.await(Processes.WSTOPPED | Processes.WNOWAIT)).isEqualTo(signalled);
      assertThat(pidfd.await(Processes.WSTOPPED)).isEqualTo(signalled);
      Ptrace.cont(pid, Signal.SIGTERM);
      assertThat(next(pid))
          .isEqualTo(new WaitStatus.Stopped(Signal.SIGTRAP, Ptrace.PTRACE_EVENT_EXIT));
      assertThat(WaitStatus.of((int) Ptrace.getEventMessage(pid)))
          .isEqualTo(new WaitStatus.Signaled(Signal.SIGTERM, false));
      Ptrace.setOptions(pid, 0);
      Ptrace.cont(pid, 0);
      assertThat(pidfd.awaitEnd(20_000)).isTrue();
      assertThat(pidfd.await(Processes.WEXITED))
          .isEqualTo(new Processes.Waited(pid, new WaitStatus.Signaled(Signal.SIGTERM, false)));
    }
  }

  @Test
  void showsItsFilters() throws IOException {
    try (Specimen specimen = Specimen.start("filtered")) {
      int pid = specimen.pid();
      stop(pid);
      List<SeccompFilter> filters = SeccompFilter.all(pid);
      assertThat(filters).hasSize(2);
      assertThat(filters.get(0).program()).hasSize(1 * 8); // installed first
      assertThat(filters.get(0).program()[0]).isEqualTo((byte) 0x06); // BPF_RET | BPF_K
      assertThat(filters.get(0).flags()).isZero();
      assertThat(filters.get(1).program()).hasSize(2 * 8);
      assertThat(filters.get(1).flags()).isEqualTo(2); // LOG
      Ptrace.detach(pid, 0);
    }
  }

  @Test
  void withoutFiltersSaysSo() throws IOException {
    try (Specimen idle = Specimen.start("idle")) {
      stop(idle.pid());
      assertThatThrownBy(() -> SeccompFilter.all(idle.pid()))
          .matches(e -> ((SyscallException) e).is(Errno.EINVAL));
      Ptrace.detach(idle.pid(), 0);
    }
  }
}

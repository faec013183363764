package org.stasis.linux;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A process")
class ProcessesTest {
  @Test
  void isThisOneToo() {
    assertThat(Processes.self()).isEqualTo((int) ProcessHandle.current().pid());
    assertThat(Processes.selfThread()).isPositive();
  }

  @Test
  void isHeldByItsPidfd() throws IOException {
    try (Specimen idle = Specimen.start("idle");
        PidFd pidfd = PidFd.open(idle.pid(), 0)) {
      assertThat(pidfd.awaitEnd(0)).isFalse();
      try (Fd out = pidfd.getFd(1)) {
        assertThat(out.stat().type()).isEqualTo(Stat.S_IFIFO);
        assertThat(Kcmp.compareFiles(idle.pid(), 1, Processes.self(), out.number())).isZero();
        assertThat(Kcmp.compareFiles(idle.pid(), 0, Processes.self(), out.number())).isNotZero();
      }
      assertThatThrownBy(() -> pidfd.getFd(99)).hasMessage("pidfd_getfd 99: EBADF");
      pidfd.sendSignal(Signal.SIGKILL);
      assertThat(pidfd.awaitEnd(20_000)).isTrue();
    }
    assertThatThrownBy(() -> PidFd.open(Integer.MAX_VALUE, 0))
        .matches(e -> ((SyscallException) e).is(Errno.ESRCH));
  }

  @Test
  void isNobodyToWaitForWithoutSeizing() throws IOException {
    try (Specimen idle = Specimen.start("idle")) {
      assertThatThrownBy(() -> Processes.await(idle.pid(), 0))
          .hasMessage("wait4 " + idle.pid() + ": ECHILD");
    }
  }

  @Test
  void sharesNothingWithAnother() throws IOException {
    try (Specimen one = Specimen.start("idle");
        Specimen other = Specimen.start("idle")) {
      for (Kcmp.Type type : Kcmp.Type.values()) {
        assertThat(Kcmp.compare(one.pid(), one.pid(), type)).as("%s", type).isZero();
      }
      int order = Kcmp.compare(one.pid(), other.pid(), Kcmp.Type.VM);
      int reverse = Kcmp.compare(other.pid(), one.pid(), Kcmp.Type.VM);
      assertThat(order).isNotZero();
      assertThat(Integer.signum(reverse)).isEqualTo(-Integer.signum(order));
    }
  }

  @Test
  void tellsAndTakesItsLimits() throws IOException {
    try (Specimen idle = Specimen.start("idle")) {
      ResourceLimit limit = ResourceLimit.get(idle.pid(), ResourceLimit.RLIMIT_CORE);
      ResourceLimit lower = new ResourceLimit(0, limit.hard());
      lower.set(idle.pid(), ResourceLimit.RLIMIT_CORE);
      assertThat(ResourceLimit.get(idle.pid(), ResourceLimit.RLIMIT_CORE)).isEqualTo(lower);
    }
  }

  @Test
  void tellsAndTakesItsSchedule() throws IOException {
    try (Specimen idle = Specimen.start("idle")) {
      int pid = idle.pid();
      assertThat(SchedulingPolicy.get(pid).policy()).isEqualTo(SchedulingPolicy.SCHED_OTHER);
      new SchedulingPolicy(SchedulingPolicy.SCHED_BATCH, 0, 7, 0, 0, 0, 0, 0, 1024).set(pid);
      SchedulingPolicy batch = SchedulingPolicy.get(pid);
      assertThat(batch.policy()).isEqualTo(SchedulingPolicy.SCHED_BATCH);
      assertThat(batch.nice()).isEqualTo(7);
      assertThat(SchedulingPolicy.getNice(0, pid)).isEqualTo(7);
      assertThat(SchedulingPolicy.getAffinity(pid)[0]).isNotZero();
    }
  }

  @Test
  void tellsWhereItsRobustListIs() throws IOException {
    try (Specimen idle = Specimen.start("idle")) {
      Processes.RobustList list = Processes.getRobustList(idle.pid());
      assertThat(list.length()).isEqualTo(24);
      assertThat(list.head()).isNotZero();
    }
  }

  @Test
  void waitsForSeveralDescriptors() throws IOException {
    try (Pipe pipe = Pipe.open(Open.O_CLOEXEC);
        Fd counter = EventCounter.create(0, EventCounter.EFD_CLOEXEC)) {
      assertThat(Poll.await(pipe.readEnd(), Poll.POLLIN, 0)).isZero();
      pipe.writeEnd().writeFully("x".getBytes(US_ASCII));
      List<Poll.Interest> interests =
          List.of(
              new Poll.Interest(counter, Poll.POLLIN | Poll.POLLOUT),
              new Poll.Interest(pipe.readEnd(), Poll.POLLIN));
      assertThat(Poll.await(interests, -1)).containsExactly(Poll.POLLOUT, Poll.POLLIN);
    }
  }
}

package org.stasis.engine.x86;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.x86.UserRegs;

@DisplayName("A system call that a stop has interrupted")
class SyscallRestartTest {
  private static final long AFTER = 0x401002; // the instruction takes two bytes
  private static final int EINTR = 4;
  private static final int RESTART_BLOCK = 516;
  private static final int RESTART_SYSCALL = 219;
  private static final OptionalLong NO_HANDLER = OptionalLong.empty();

  private static UserRegs stopped(long call, long result) {
    UserRegs regs = UserRegs.of(new long[UserRegs.COUNT]);
    regs.rip(AFTER);
    regs.origRax(call);
    regs.rax(result);
    return regs;
  }

  @ParameterizedTest(name = "result {0}")
  @ValueSource(ints = {512, 513, 514})
  void beginsAnewWhenItLeftNothingBehind(int error) {
    UserRegs regs = stopped(SyscallNumber.OPENAT, -error);
    SyscallRestart.applyForImage(regs, NO_HANDLER);
    assertThat(regs.rip()).isEqualTo(AFTER - 2);
    assertThat(regs.rax()).isEqualTo(SyscallNumber.OPENAT);
  }

  @Test
  void beginsAnewInAnotherThreadThoughItWaitedForATime() {
    UserRegs regs = stopped(SyscallNumber.FUTEX, -RESTART_BLOCK);
    SyscallRestart.applyForImage(regs, NO_HANDLER);
    assertThat(regs.rip()).isEqualTo(AFTER - 2);
    assertThat(regs.rax()).isEqualTo(SyscallNumber.FUTEX);
  }

  @Test
  void goesOnWithTheTimeLeftInTheSameThread() {
    UserRegs regs = stopped(SyscallNumber.FUTEX, -RESTART_BLOCK);
    SyscallRestart.apply(regs);
    assertThat(regs.rip()).isEqualTo(AFTER - 2);
    assertThat(regs.rax()).isEqualTo(RESTART_SYSCALL);
  }

  @Test
  void failsWithEintrWhenNobodyKnowsWhichOneItWas() {
    UserRegs regs = stopped(RESTART_SYSCALL, -RESTART_BLOCK);
    SyscallRestart.applyForImage(regs, NO_HANDLER);
    assertThat(regs.rip()).isEqualTo(AFTER);
    assertThat(regs.rax()).isEqualTo(-EINTR);
  }

  @Test
  void isLeftAloneWhenItHadEnded() {
    UserRegs regs = stopped(SyscallNumber.FUTEX, -11);
    SyscallRestart.applyForImage(regs, NO_HANDLER);
    assertThat(regs.rip()).isEqualTo(AFTER);
    assertThat(regs.rax()).isEqualTo(-11);
  }

  @ParameterizedTest(name = "result {0}")
  @ValueSource(ints = {512, 514, RESTART_BLOCK})
  void failsWithEintrWhenAHandlerComesFirst(int error) {
    UserRegs regs = stopped(SyscallNumber.POLL, -error);
    SyscallRestart.applyForImage(regs, OptionalLong.of(0));
    assertThat(regs.rip()).isEqualTo(AFTER);
    assertThat(regs.rax()).isEqualTo(-EINTR);
  }

  @Test
  void beginsAnewAfterAHandlerThatWantsIt() {
    UserRegs regs = stopped(SyscallNumber.READ, -512);
    SyscallRestart.applyForImage(regs, OptionalLong.of(0x10000000));
    assertThat(regs.rip()).isEqualTo(AFTER - 2);
    assertThat(regs.rax()).isEqualTo(SyscallNumber.READ);
  }

  @Test
  void hidesTheStopFromCallsThatEveryStopEnds() {
    UserRegs regs = stopped(SyscallNumber.EPOLL_WAIT, -EINTR);
    SyscallRestart.hideStop(regs);
    SyscallRestart.applyForImage(regs, NO_HANDLER);
    assertThat(regs.rip()).isEqualTo(AFTER - 2);
    assertThat(regs.rax()).isEqualTo(SyscallNumber.EPOLL_WAIT);
  }

  @Test
  void keepsAnEintrThatNoStopCauses() {
    UserRegs regs = stopped(SyscallNumber.CLOSE, -EINTR);
    SyscallRestart.hideStop(regs);
    assertThat(regs.rax()).isEqualTo(-EINTR);
  }
}

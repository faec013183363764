package org.stasis.engine.x86;

import static org.assertj.core.api.Assertions.assertThat;

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
    SyscallRestart.applyForImage(regs);
    assertThat(regs.rip()).isEqualTo(AFTER - 2);
    assertThat(regs.rax()).isEqualTo(SyscallNumber.OPENAT);
  }

  @Test
  void beginsAnewInAnotherThreadThoughItWaitedForATime() {
    UserRegs regs = stopped(SyscallNumber.FUTEX, -RESTART_BLOCK);
    SyscallRestart.applyForImage(regs);
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
    SyscallRestart.applyForImage(regs);
    assertThat(regs.rip()).isEqualTo(AFTER);
    assertThat(regs.rax()).isEqualTo(-EINTR);
  }

  @Test
  void isLeftAloneWhenItHadEnded() {
    UserRegs regs = stopped(SyscallNumber.FUTEX, -11);
    SyscallRestart.applyForImage(regs);
    assertThat(regs.rip()).isEqualTo(AFTER);
    assertThat(regs.rax()).isEqualTo(-11);
  }
}

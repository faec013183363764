package org.stasis.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Memory")
class MemoryTest {
  private static final int PAGE = 4096;

  @Test
  void isSharedByTwoMappingsOfAFile() throws IOException {
    try (Fd file = Memfd.create("shared", Memfd.MFD_CLOEXEC)) {
      file.truncate(PAGE);
      Mapping gone;
      try (Mapping one = Mapping.shared(file, PAGE);
          Mapping other = Mapping.shared(file, PAGE)) {
        one.memory().set(JAVA_INT, 8, 42);
        assertThat(other.memory().get(JAVA_INT, 8)).isEqualTo(42);
        gone = one;
      }
      assertThatThrownBy(() -> gone.memory().get(JAVA_INT, 8))
          .isInstanceOf(IllegalStateException.class);
      gone.close();
      assertThatThrownBy(() -> Mapping.map(file, 1, PAGE, 1, Mapping.MAP_SHARED))
          .hasMessage("mmap: EINVAL");
    }
  }

  @Test
  void wakesWhoSleepsOnAWord() throws Exception {
    VarHandle word = JAVA_INT.varHandle();
    try (Fd file = Memfd.create("futex", Memfd.MFD_CLOEXEC)) {
      file.truncate(PAGE);
      try (Mapping here = Mapping.shared(file, PAGE);
          Mapping there = Mapping.shared(file, PAGE)) {
        assertThat(Futex.await(here.memory(), 1, -1)).isTrue(); // another value: no sleep
        assertThat(Futex.await(here.memory(), 0, 1_000_000)).isFalse();
        assertThat(Futex.wake(there.memory(), 1)).isZero();
        CompletableFuture<Boolean> sleeper =
            CompletableFuture.supplyAsync(
                () -> {
                  while ((int) word.getAcquire(here.memory(), 0L) == 0) {
                    Futex.await(here.memory(), 0, -1);
                  }
                  return true;
                });
        word.setRelease(there.memory(), 0L, 1);
        Futex.wake(there.memory(), Integer.MAX_VALUE);
        assertThat(sleeper.get(20, TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  @Test
  void ofAnotherTaskIsReadAndWritten() throws IOException {
    try (Specimen idle = Specimen.start("idle");
        Arena arena = Arena.ofConfined()) {
      long address = idle.number(0);
      MemorySegment memory = arena.allocate(16);
      ProcessVm.readFully(idle.pid(), address + PAGE - 8, memory);
      assertThat(memory.toArray(JAVA_BYTE)).asString().isEqualTo("aaaaaaaabbbbbbbb");
      ProcessVm.writeFully(idle.pid(), address, arena.allocateFrom("changed").asSlice(0, 7));
      MemorySegment again = arena.allocate(9);
      assertThat(ProcessVm.read(idle.pid(), address, again)).isEqualTo(9);
      assertThat(again.toArray(JAVA_BYTE)).asString().isEqualTo("changedaa");
    }
  }

  @Test
  void ofAnotherTaskEndsWhereItCannotBeRead() throws IOException {
    try (Specimen idle = Specimen.start("idle");
        Arena arena = Arena.ofConfined()) {
      long address = idle.number(0);
      MemorySegment memory = arena.allocate(3 * PAGE);
      assertThat(ProcessVm.read(idle.pid(), address, memory)).isEqualTo(2 * PAGE);
      assertThatThrownBy(() -> ProcessVm.readFully(idle.pid(), address, memory))
          .isInstanceOf(SyscallException.class)
          .hasMessageContaining("0x" + Long.toHexString(address + 2 * PAGE))
          .matches(e -> ((SyscallException) e).is(Errno.EFAULT));
    }
  }

  @Test
  void ofAnotherTaskIsGatheredAndScattered() throws IOException {
    try (Specimen idle = Specimen.start("idle");
        Arena arena = Arena.ofConfined()) {
      long address = idle.number(0);
      IoVector ranges = new IoVector(4);
      ranges.add(address + PAGE, 2);
      ranges.add(address, 3);
      ranges.add(address + 2 * PAGE, 1); // no access
      MemorySegment memory = arena.allocate(6);
      assertThat(ProcessVm.gather(idle.pid(), ranges, memory)).isEqualTo(5);
      assertThat(memory.asSlice(0, 5).toArray(JAVA_BYTE)).asString().isEqualTo("bbaaa");
      ranges.clear();
      ranges.add(address, 1);
      ranges.add(address + PAGE, 1);
      assertThat(ProcessVm.scatter(idle.pid(), arena.allocateFrom("xy"), ranges)).isEqualTo(2);
      ProcessVm.gather(idle.pid(), ranges, memory);
      assertThat(memory.asSlice(0, 2).toArray(JAVA_BYTE)).asString().isEqualTo("xy");
    }
  }

  @Test
  void rangesGoOnWhereACallStopped() {
    IoVector ranges = new IoVector(4);
    ranges.add(0x1000, 10);
    ranges.add(0x2000, 20);
    ranges.add(0x3000, 30);
    ranges.advance(15);
    assertThat(ranges.size()).isEqualTo(2);
    assertThat(ranges.bytes()).isEqualTo(45);
    assertThat(ranges.base(0)).isEqualTo(0x2005);
    assertThat(ranges.length(0)).isEqualTo(15);
    assertThat(ranges.base(1)).isEqualTo(0x3000);
    ranges.advance(45);
    assertThat(ranges.size()).isZero();
    assertThatThrownBy(() -> ranges.advance(1)).isInstanceOf(IllegalArgumentException.class);
  }
}

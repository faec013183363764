package org.stasis.engine.seccomp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Two seccomp programs")
class SeccompFiltersTest {
  private static final int JUMP_IF_EQUAL = 0x15;
  private static final int RETURN = 0x06;

  private static byte[] program(int[]... instructions) {
    ByteBuffer buffer = ByteBuffer.allocate(instructions.length * 8).order(ByteOrder.nativeOrder());
    for (int[] each : instructions) {
      buffer.putShort((short) each[0]).put((byte) each[1]).put((byte) each[2]).putInt(each[3]);
    }
    return buffer.array();
  }

  private static final byte[] ONE =
      program(
          new int[] {JUMP_IF_EQUAL, 1, 0, 57},
          new int[] {JUMP_IF_EQUAL, 0, 1, 58},
          new int[] {RETURN, 0, 0, 0x7fff0000});

  @Test
  void mayHaveTheirRulesInAnyOrder() {
    byte[] other =
        program(
            new int[] {JUMP_IF_EQUAL, 1, 0, 58},
            new int[] {JUMP_IF_EQUAL, 0, 2, 57},
            new int[] {RETURN, 0, 0, 0x7fff0000});
    assertThat(SeccompFilters.isMadeOfTheSame(ONE, other)).isTrue();
  }

  @Test
  void differByWhatTheyLetThrough() {
    byte[] other =
        program(
            new int[] {JUMP_IF_EQUAL, 1, 0, 57},
            new int[] {JUMP_IF_EQUAL, 0, 1, 58},
            new int[] {RETURN, 0, 0, 0});
    assertThat(SeccompFilters.isMadeOfTheSame(ONE, other)).isFalse();
  }

  @Test
  void differByTheirCalls() {
    byte[] other =
        program(
            new int[] {JUMP_IF_EQUAL, 1, 0, 57},
            new int[] {JUMP_IF_EQUAL, 0, 1, 57},
            new int[] {RETURN, 0, 0, 0x7fff0000});
    assertThat(SeccompFilters.isMadeOfTheSame(ONE, other)).isFalse();
    assertThat(SeccompFilters.isMadeOfTheSame(ONE, program(new int[] {RETURN, 0, 0, 0}))).isFalse();
  }
}

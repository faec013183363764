package org.stasis.engine.seccomp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.stasis.images.proto.SeccompEntry;
import org.stasis.linux.SeccompFilter;

@DisplayName("Two seccomp programs")
class SameVerdictsTest {
  private static final int LOAD = 0x20;
  private static final int AND = 0x54;
  private static final int JUMP_IF_EQUAL = 0x15;
  private static final int JUMP_IF_GREATER = 0x25;
  private static final int JUMP_IF_SET = 0x45;
  private static final int RETURN = 0x06;
  private static final int NUMBER = 0;
  private static final int FIRST_ARGUMENT = 16;
  private static final int ALLOW = 0x7fff0000;
  private static final int FAIL = 0x00050001;

  private static byte[] program(int[]... instructions) {
    ByteBuffer buffer = ByteBuffer.allocate(instructions.length * 8).order(ByteOrder.nativeOrder());
    for (int[] each : instructions) {
      buffer.putShort((short) each[0]).put((byte) each[1]).put((byte) each[2]).putInt(each[3]);
    }
    return buffer.array();
  }

  private static final byte[] ONE =
      program(
          new int[] {LOAD, 0, 0, NUMBER},
          new int[] {JUMP_IF_EQUAL, 2, 0, 57},
          new int[] {JUMP_IF_EQUAL, 1, 0, 58},
          new int[] {RETURN, 0, 0, FAIL},
          new int[] {RETURN, 0, 0, ALLOW});

  @Test
  void mayHaveTheirRulesInAnyOrder() {
    byte[] other =
        program(
            new int[] {LOAD, 0, 0, NUMBER},
            new int[] {JUMP_IF_EQUAL, 1, 0, 58},
            new int[] {JUMP_IF_EQUAL, 0, 1, 57},
            new int[] {RETURN, 0, 0, ALLOW},
            new int[] {RETURN, 0, 0, FAIL});
    assertThat(SameVerdicts.of(ONE, other)).isTrue();
  }

  @Test
  void mayCompareInAnotherWay() {
    byte[] other =
        program(
            new int[] {LOAD, 0, 0, NUMBER},
            new int[] {JUMP_IF_GREATER, 0, 1, 56},
            new int[] {JUMP_IF_GREATER, 0, 1, 58},
            new int[] {RETURN, 0, 0, FAIL},
            new int[] {RETURN, 0, 0, ALLOW});
    assertThat(SameVerdicts.of(ONE, other)).isTrue();
  }

  @Test
  void differByWhatTheyReturn() {
    byte[] other = ONE.clone();
    other[other.length - 4] = 1;
    assertThat(SameVerdicts.of(ONE, other)).isFalse();
  }

  /** The instructions are the same, apart from where jumps lead. */
  @Test
  void differByWhereTheyJump() {
    byte[] other =
        program(
            new int[] {LOAD, 0, 0, NUMBER},
            new int[] {JUMP_IF_EQUAL, 2, 0, 57},
            new int[] {JUMP_IF_EQUAL, 0, 1, 58},
            new int[] {RETURN, 0, 0, FAIL},
            new int[] {RETURN, 0, 0, ALLOW});
    assertThat(SameVerdicts.of(ONE, other)).isFalse();
  }

  @Test
  void differByASingleCall() {
    byte[] other = ONE.clone();
    other[12] = 59; // the first constant that is compared with
    assertThat(SameVerdicts.of(ONE, other)).isFalse();
  }

  private static byte[] flags(int mask, int jump, int constant) {
    return program(
        new int[] {LOAD, 0, 0, FIRST_ARGUMENT},
        new int[] {AND, 0, 0, mask},
        new int[] {jump, 0, 1, constant},
        new int[] {RETURN, 0, 0, ALLOW},
        new int[] {RETURN, 0, 0, FAIL});
  }

  @Test
  void differByASingleBitOfAnArgument() {
    byte[] one = flags(0x7e020000, JUMP_IF_EQUAL, 0);
    assertThat(SameVerdicts.of(one, flags(0x7c020000, JUMP_IF_EQUAL, 0))).isFalse();
    assertThat(SameVerdicts.of(one, flags(0x7e020001, JUMP_IF_EQUAL, 0))).isFalse();
    assertThat(SameVerdicts.of(one, flags(0x7e020000, JUMP_IF_EQUAL, 0x20000))).isFalse();
    byte[] bits = flags(-1, JUMP_IF_SET, 0x7e020000);
    assertThat(SameVerdicts.of(bits, flags(0x7fffffff, JUMP_IF_SET, 0x7e020000))).isTrue();
    assertThat(SameVerdicts.of(bits, flags(0x3fffffff, JUMP_IF_SET, 0x7e020000))).isFalse();
  }

  @Test
  void areNotToldToBeAlikeWhenOneIsNotUnderstood() {
    byte[] negation = program(new int[] {0x84, 0, 0, 0}, new int[] {RETURN, 0, 0, ALLOW});
    byte[] nowhere = program(new int[] {JUMP_IF_EQUAL, 1, 1, 0}, new int[] {RETURN, 0, 0, ALLOW});
    byte[] allow = program(new int[] {RETURN, 0, 0, ALLOW});
    assertThat(SameVerdicts.of(allow, negation)).isFalse();
    assertThat(SameVerdicts.of(allow, nowhere)).isFalse();
    assertThat(SameVerdicts.of(allow, new byte[0])).isFalse();
    assertThat(SameVerdicts.of(negation, negation.clone())).isTrue();
  }

  static LongStream seeds() {
    return LongStream.range(0, 100);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void areAlikeInAnyOrderUntilARuleIsChanged(long seed) {
    Random random = new Random(seed);
    List<Integer> calls = new ArrayList<>();
    for (int call = 0; call < 500; call++) {
      if (random.nextInt(3) > 0) {
        calls.add(call);
      }
    }
    byte[] one = allowing(calls);
    Collections.shuffle(calls, random);
    assertThat(SameVerdicts.of(one, allowing(calls))).isTrue();
    calls.remove(random.nextInt(calls.size()));
    assertThat(SameVerdicts.of(one, allowing(calls))).isFalse();
  }

  /** As libseccomp does without optimizing: each rule compares and returns. */
  private static byte[] allowing(List<Integer> calls) {
    List<int[]> instructions = new ArrayList<>();
    instructions.add(new int[] {LOAD, 0, 0, NUMBER});
    for (int call : calls) {
      instructions.add(new int[] {JUMP_IF_EQUAL, 0, 1, call});
      instructions.add(new int[] {RETURN, 0, 0, ALLOW});
    }
    instructions.add(new int[] {RETURN, 0, 0, FAIL});
    return program(instructions.toArray(int[][]::new));
  }

  @Test
  void areInstalledOnlyWhereTheContainerHasNoneThatIsAlike() {
    byte[] own = flags(1, JUMP_IF_EQUAL, 1);
    SeccompEntry.Builder images = SeccompEntry.newBuilder();
    for (byte[] each : List.of(ONE, own, ONE)) {
      images.addSeccompFilters(
          org.stasis.images.proto.SeccompFilter.newBuilder().setFilter(ByteString.copyFrom(each)));
    }
    byte[] today = allowing(List.of(58, 57));

    assertThat(having(today).missing(List.of(0, 1), images.build())).containsExactly(1);
    assertThat(having(today).missing(List.of(1, 0), images.build())).containsExactly(1);
    assertThat(having(today).missing(List.of(0, 1, 2), images.build())).containsExactly(1, 2);
    assertThat(having(today, today).missing(List.of(0, 1, 2), images.build())).containsExactly(1);
    assertThat(having(flags(2, JUMP_IF_EQUAL, 2)).missing(List.of(0, 1), images.build()))
        .containsExactly(0, 1);
    assertThat(having().missing(List.of(0), images.build())).containsExactly(0);
  }

  private static InheritedFilters having(byte[]... programs) {
    List<SeccompFilter> filters = new ArrayList<>();
    for (byte[] each : programs) {
      filters.add(new SeccompFilter(each, 0));
    }
    return new InheritedFilters(filters);
  }
}

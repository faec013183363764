package org.stasis.engine.seccomp;

import java.util.Arrays;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Whether two filters judge all calls alike. Runtimes make programs of the same rules that differ
 * in the order of their parts from one call to the next, and of which nothing tells that they are
 * of the same rules. So both judge every kind of call that either distinguishes: each word of it
 * that is looked at takes every value that it is compared with, and those beside it.
 */
final class SameVerdicts {
  /** Some hundred times what filters of runtimes take. */
  private static final int MOST_CALLS = 3_000_000;

  private final SeccompProgram one;
  private final SeccompProgram other;
  private final int[][] values;
  private final int[] data = new int[SeccompProgram.WORDS];
  private int calls;

  private SameVerdicts(SeccompProgram one, SeccompProgram other) {
    this.one = one;
    this.other = other;
    this.values = values(one, other);
  }

  /**
   * Compares two.
   *
   * @param one {@code struct sock_filter[]}
   * @param other the same
   * @return false also where it cannot be told
   */
  static boolean of(byte[] one, byte[] other) {
    if (Arrays.equals(one, other)) {
      return true;
    }
    @Nullable SeccompProgram first = SeccompProgram.of(one);
    @Nullable SeccompProgram second = SeccompProgram.of(other);
    return first != null && second != null && new SameVerdicts(first, second).hold(0);
  }

  /**
   * Whether they agree on all calls with the words that are known, whatever the other words are.
   */
  private boolean hold(int known) {
    if (++calls > MOST_CALLS) {
      return false;
    }
    long verdict = one.judge(data, known);
    long otherVerdict = verdict < 0 ? verdict : other.judge(data, known);
    if (otherVerdict >= 0) {
      return verdict == otherVerdict;
    }
    int word = (int) (-1 - otherVerdict);
    for (int value : values[word]) {
      data[word] = value;
      if (!hold(known | 1 << word)) {
        return false;
      }
    }
    return true;
  }

  private static int[][] values(SeccompProgram one, SeccompProgram other) {
    int[][] values = new int[SeccompProgram.WORDS][];
    for (int word = 0; word < values.length; word++) {
      TreeSet<Integer> compared = new TreeSet<>();
      TreeSet<Integer> bits = new TreeSet<>();
      int wanted = word;
      SeccompProgram.Constants take =
          (of, constant, bitwise) -> {
            if (of == wanted) {
              (bitwise ? bits : compared).add(constant);
            }
          };
      one.forEachConstant(take);
      other.forEachConstant(take);
      values[word] = values(compared, bits);
    }
    return values;
  }

  /** A value for each way in which a word can compare with all of them. */
  private static int[] values(TreeSet<Integer> compared, TreeSet<Integer> masks) {
    TreeSet<Integer> values = new TreeSet<>();
    values.add(0);
    values.add(-1);
    for (int constant : compared) {
      values.add(constant - 1);
      values.add(constant);
      values.add(constant + 1);
    }
    if (!masks.isEmpty()) {
      compared.add(0);
    }
    for (int mask : masks) {
      for (int base : compared) {
        values.add(base | ~mask);
        for (int left = mask; left != 0; left &= left - 1) {
          values.add(base ^ Integer.lowestOneBit(left));
        }
      }
    }
    int[] all = new int[values.size()];
    int i = 0;
    for (int value : values) {
      all[i++] = value;
    }
    return all;
  }
}

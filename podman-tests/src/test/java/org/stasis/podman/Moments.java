package org.stasis.podman;

import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Random moments of something that takes a while: one in each of as many equal parts as there are
 * rounds, and a little beyond the end. Properties: {@code stasis.rounds}, 50 unless it is set, and
 * {@code stasis.seed}.
 */
final class Moments {
  private static final long SEED = Long.getLong("stasis.seed", System.nanoTime());
  private static final int ROUNDS = 50;
  private static final double BEYOND = 1.1;

  private final Random random = new Random(SEED);
  private final long durationNanos;
  private final int rounds;

  /**
   * Spreads them.
   *
   * @param durationNanos how long it took undisturbed
   */
  Moments(long durationNanos) {
    this(durationNanos, ROUNDS);
  }

  /**
   * Spreads them.
   *
   * @param durationNanos how long it took undisturbed
   * @param rounds how many there are, unless the property says it
   */
  Moments(long durationNanos, int rounds) {
    this.durationNanos = durationNanos;
    this.rounds = Integer.getInteger("stasis.rounds", rounds);
  }

  /** Nanoseconds from the start, in the order they are to be tried. */
  long[] nanos() {
    return IntStream.range(0, rounds)
        .mapToLong(i -> (long) (durationNanos * BEYOND * (i + random.nextDouble()) / rounds))
        .toArray();
  }

  /** Waits until a moment has come. */
  static void await(long sinceNanos, long afterNanos) {
    long left;
    while ((left = sinceNanos + afterNanos - System.nanoTime()) > 0) {
      LockSupport.parkNanos(left);
    }
  }

  /** For a failure's message: what to set to see it again. */
  static String replay(long moment) {
    return "killed after " + moment / 1000 + " µs; replay with -Dstasis.seed=" + SEED;
  }
}

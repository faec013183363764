package org.stasis.linux.agent;

/**
 * Which results let a program go on.
 *
 * @param kind the rule, {@code enum expectation} of agent.h
 * @param value the result it speaks of, where it speaks of one
 */
public record Expect(Kind kind, long value) {
  /** Whatever the result. */
  public static final Expect ANY = new Expect(Kind.ANY, 0);

  /** Anything but an error number. */
  public static final Expect SUCCESS = new Expect(Kind.SUCCESS, 0);

  /** The rules, in the order of {@code enum expectation}. */
  public enum Kind {
    ANY,
    SUCCESS,
    EQUAL,
    SUCCESS_OR
  }

  /**
   * Exactly one result.
   *
   * @param value the result
   * @return the rule
   */
  public static Expect equal(long value) {
    return new Expect(Kind.EQUAL, value);
  }

  /**
   * Success, or one certain error.
   *
   * @param errno the positive error number that is fine too
   * @return the rule
   */
  public static Expect successOr(int errno) {
    return new Expect(Kind.SUCCESS_OR, -errno);
  }
}

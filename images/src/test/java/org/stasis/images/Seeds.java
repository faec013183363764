package org.stasis.images;

import java.util.stream.LongStream;

/** Seeds of what tests make up. The seed in the name of a failed test makes the same again. */
public final class Seeds {
  private Seeds() {}

  public static LongStream five() {
    return LongStream.rangeClosed(1, 5);
  }

  public static LongStream twenty() {
    return LongStream.rangeClosed(1, 20);
  }

  public static LongStream hundred() {
    return LongStream.rangeClosed(1, 100);
  }
}

package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;

/** A shell that counts: where it goes on after a restore shows whether its memory came along. */
final class Counting {
  /** Prints 1, 2, 3 and so on, some ten a second. */
  static final String SHELL = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done";

  private Counting() {}

  /** No number is missing, none is said twice: the shell never started again and lost nothing. */
  static void assertUnbroken(List<Long> numbers) {
    assertThat(numbers).isNotEmpty();
    assertThat(numbers)
        .as("numbers without gap or repetition")
        .containsExactlyElementsOf(
            LongStream.rangeClosed(numbers.getFirst(), numbers.getLast()).boxed().toList());
  }
}

package org.stasis.podman;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** Waits for what has to come, asking again and again. */
final class Eventually {
  /** Far more than anything here takes on a busy machine. */
  static final Duration DEADLINE = Duration.ofSeconds(60);

  private static final Duration PAUSE = Duration.ofMillis(100);

  private Eventually() {}

  /**
   * Asks until there is an answer.
   *
   * @param what what is waited for, for the failure's message
   * @param question answers when it is there
   * @param context what to tell in the failure
   */
  static <T> T get(String what, Supplier<Optional<T>> question, Supplier<String> context) {
    long end = System.nanoTime() + DEADLINE.toNanos();
    while (true) {
      Optional<T> answer = question.get();
      if (answer.isPresent()) {
        return answer.get();
      }
      if (System.nanoTime() > end) {
        throw new AssertionError(
            "not within " + DEADLINE.toSeconds() + " s: " + what + "\n" + context.get());
      }
      try {
        Thread.sleep(PAUSE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted while waiting for: " + what, e);
      }
    }
  }
}

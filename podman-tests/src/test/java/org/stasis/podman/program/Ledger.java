package org.stasis.podman.program;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A Java program that checks itself, to be checkpointed: several threads verify and rewrite pages
 * that fill most of the heap. It prints 1, 2, 3 and so on, a number for every round in which each
 * thread found each of its pages as it had left it; anything else ends it with status 1.
 *
 * <p>Stands alone: it runs in containers that have a JVM and this class, nothing else.
 */
public final class Ledger {
  private static final int THREADS = 4;
  private static final int PAGES = 160;
  private static final int PAGE_LONGS = 32 * 1024; // 256 KiB
  private static final long PAUSE_NANOS = 500_000;

  private static final AtomicReference<@Nullable String> damage = new AtomicReference<>();

  private Ledger() {}

  /**
   * Runs until it is killed.
   *
   * @param arguments none
   * @throws InterruptedException never in practice
   */
  public static void main(String[] arguments) throws InterruptedException {
    for (long round = 1; damage.get() == null; round++) {
      CountDownLatch done = Clerk.round(round);
      done.await();
      System.out.println(round);
    }
    System.out.println(damage.get());
    System.exit(1);
  }

  /** One thread and its pages. */
  private static final class Clerk extends Thread {
    private static final Clerk[] ALL = new Clerk[THREADS];

    private final int number;
    private final long[][] pages = new long[PAGES][PAGE_LONGS];
    private long round;
    private CountDownLatch done = new CountDownLatch(1);

    private Clerk(int number) {
      super("clerk " + number);
      this.number = number;
    }

    /** Lets every clerk verify and rewrite its pages once. */
    static CountDownLatch round(long round) {
      CountDownLatch done = new CountDownLatch(THREADS);
      for (int i = 0; i < THREADS; i++) {
        Clerk clerk = ALL[i] == null ? ALL[i] = new Clerk(i) : ALL[i];
        synchronized (clerk) {
          clerk.round = round;
          clerk.done = done;
          clerk.notifyAll();
        }
        if (!clerk.isAlive()) {
          clerk.setDaemon(true);
          clerk.start();
        }
      }
      return done;
    }

    @Override
    public void run() {
      try {
        for (long expected = 1; ; expected++) {
          CountDownLatch signal;
          synchronized (this) {
            while (round < expected) {
              wait();
            }
            signal = done;
          }
          workOn(expected);
          signal.countDown();
        }
      } catch (InterruptedException e) {
        interrupt();
      }
    }

    private void workOn(long now) {
      for (int page = 0; page < PAGES; page++) {
        long[] words = pages[page];
        for (int i = 0; i < words.length; i++) {
          if (words[i] != expected(page, i, now - 1)) {
            damage.compareAndSet(
                null, getName() + ": page " + page + " word " + i + " is " + words[i]);
          }
          words[i] = expected(page, i, now);
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }

    /** What a word holds after a round; before the first they are zero. */
    private long expected(int page, int word, long afterRound) {
      return afterRound == 0
          ? 0
          : ((long) number << 56 ^ (long) page << 40 ^ word) * 31 + afterRound;
    }
  }
}

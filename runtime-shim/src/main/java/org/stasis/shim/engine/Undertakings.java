package org.stasis.shim.engine;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What a resident engine does besides its sessions, each on its thread. */
final class Undertakings {
  private final Bell ended;
  private final Set<Thread> running = new LinkedHashSet<>();
  private boolean stopped;

  /**
   * None yet.
   *
   * @param ended rung at the end of each
   */
  Undertakings(Bell ended) {
    this.ended = ended;
  }

  /**
   * Starts one.
   *
   * @return whether it was started: not once all have been told to end
   */
  synchronized boolean start(String name, Runnable work) {
    if (stopped) {
      return false;
    }
    Thread thread = Thread.ofPlatform().name(name).unstarted(() -> run(name, work));
    running.add(thread);
    thread.start();
    return true;
  }

  private void run(String name, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      EngineLog.say(name, e);
    } finally {
      synchronized (this) {
        running.remove(Thread.currentThread());
      }
      ended.ring();
    }
  }

  /** Whether there are any. */
  synchronized boolean any() {
    return !running.isEmpty();
  }

  /** Tells all of them to end, and waits until they have. */
  void end() throws InterruptedException {
    List<Thread> threads;
    synchronized (this) {
      stopped = true;
      threads = List.copyOf(running);
    }
    threads.forEach(Thread::interrupt);
    for (Thread thread : threads) {
      thread.join();
    }
  }
}

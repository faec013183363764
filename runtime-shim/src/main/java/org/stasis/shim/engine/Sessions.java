package org.stasis.shim.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.stasis.linux.Seqpacket;
import org.stasis.linux.SyscallException;

/** The sessions of a process that are running, each on its thread. */
final class Sessions {
  private static final int ABANDONED_MILLIS = 10_000;

  private final Doors doors;
  private final Bell ended;
  private final Map<Thread, Session> running = new LinkedHashMap<>();
  private int count;
  private long lastEndNanos = System.nanoTime();

  /**
   * For no sessions yet.
   *
   * @param doors serve them
   * @param ended rung at the end of each
   */
  Sessions(Doors doors, Bell ended) {
    this.doors = doors;
    this.ended = ended;
  }

  /**
   * Starts one.
   *
   * @param socket to the launcher; closed at the session's end
   * @param admission whether it is served
   * @param beforeEnd done once all is done and said, before the launcher ends
   */
  synchronized void start(Seqpacket socket, Session.Admission admission, Runnable beforeEnd) {
    count++;
    Session session = new Session(count, socket, admission, doors, beforeEnd);
    Thread thread = Thread.ofPlatform().name("session-" + count).unstarted(() -> run(session));
    running.put(thread, session);
    try {
      thread.start();
    } catch (OutOfMemoryError e) { // no thread to be had: the launcher finds another engine
      running.remove(thread);
      EngineLog.say("session " + count, e);
      close(socket);
    }
  }

  private void run(Session session) {
    try {
      awaitAbandoned(session.number());
      session.run();
    } finally {
      synchronized (this) {
        running.remove(Thread.currentThread());
        lastEndNanos = System.nanoTime();
      }
      ended.ring();
    }
  }

  /**
   * Waits for sessions whose callers have gone away: a user who interrupts a dump and asks for it
   * again must not be told that somebody traces the tree.
   */
  private void awaitAbandoned(int number) {
    List<Thread> abandoned = new ArrayList<>();
    synchronized (this) {
      running.forEach(
          (thread, session) -> {
            if (session.number() < number && session.isAbandoned()) {
              abandoned.add(thread);
            }
          });
    }
    try {
      for (Thread thread : abandoned) {
        thread.join(ABANDONED_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void close(Seqpacket socket) {
    try {
      socket.close();
    } catch (SyscallException e) {
      EngineLog.say("closing a connection", e);
    }
  }

  /**
   * For how long there has been no session.
   *
   * @return nanoseconds, 0 while there is one
   */
  synchronized long idleNanos() {
    return running.isEmpty() ? System.nanoTime() - lastEndNanos : 0;
  }

  /** The running ones, oldest first. */
  synchronized List<EngineControl.SessionStatus> status() {
    List<EngineControl.SessionStatus> status = new ArrayList<>(running.size());
    for (Session session : running.values()) {
      status.add(session.status());
    }
    return status;
  }

  /** Waits until those that are running have ended. */
  void awaitAll() throws InterruptedException {
    List<Thread> threads;
    synchronized (this) {
      threads = List.copyOf(running.keySet());
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }
}

package org.stasis.shim.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.Cancellation;
import org.stasis.engine.launcher.LauncherRootAgent;
import org.stasis.linux.Poll;
import org.stasis.linux.SyscallException;

/**
 * Looks out for the launcher's end on behalf of its session. Asking costs a system call; only who
 * wants to be told makes a thread wait for it.
 */
final class LauncherWatch implements AutoCloseable {
  private final LauncherRootAgent agent;
  private final Cancellation launcherEnd;
  private final List<Runnable> actions = new ArrayList<>();
  private boolean fired;
  private @Nullable Thread thread;
  private @Nullable Bell enough;

  LauncherWatch(LauncherRootAgent agent) {
    this.agent = agent;
    this.launcherEnd = agent.cancellation();
  }

  boolean cancelled() {
    return launcherEnd.requested();
  }

  synchronized void onCancel(Runnable action) {
    if (fired) {
      action.run();
      return;
    }
    actions.add(action);
    if (thread == null) {
      try {
        Bell stop = new Bell();
        enough = stop;
        thread = Thread.ofPlatform().daemon().name("watch-" + agent.pid()).start(() -> watch(stop));
      } catch (SyscallException e) {
        throw new IllegalStateException("no descriptor left to watch the caller with", e);
      }
    }
  }

  private void watch(Bell stop) {
    try {
      int[] events =
          Poll.await(
              List.of(
                  new Poll.Interest(agent.process().fd(), Poll.POLLIN),
                  new Poll.Interest(stop.fd(), Poll.POLLIN)),
              -1);
      if (events[0] != 0) {
        fire();
      }
    } catch (SyscallException e) {
      throw new AssertionError("poll(2) of descriptors that are open", e);
    }
  }

  private synchronized void fire() {
    fired = true;
    for (Runnable action : actions) {
      try {
        action.run();
      } catch (RuntimeException e) {
        EngineLog.say("on the end of " + agent.pid(), e);
      }
    }
  }

  /** Ends the watch, before the agent is closed. */
  @Override
  public void close() throws SyscallException {
    Thread watcher;
    Bell stop;
    synchronized (this) {
      watcher = thread;
      stop = enough;
    }
    if (watcher == null || stop == null) {
      return;
    }
    try (stop) {
      stop.ring();
      watcher.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

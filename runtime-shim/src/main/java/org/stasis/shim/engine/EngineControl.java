package org.stasis.shim.engine;

import java.time.Instant;
import java.util.List;

/** What people can know about the process of an engine, and tell it. */
public interface EngineControl {
  /**
   * How it is doing.
   *
   * @return as of now
   */
  Status status();

  /** Ends a resident engine when its sessions are done; no new ones begin. */
  void stop();

  /**
   * Does something besides the sessions, on a thread of its own that is interrupted when the engine
   * stops. A resident engine stays until it returns.
   *
   * @param name what it is, for people
   * @param work what to do
   * @return whether it is done: false in an engine that ends with its caller
   */
  boolean undertake(String name, Runnable work);

  /**
   * Notes an event in the engine's log.
   *
   * @param text one line
   */
  void say(String text);

  /**
   * How an engine is doing.
   *
   * @param pid its process
   * @param resident whether others can be served by it
   * @param started when
   * @param sessions those that are running
   */
  record Status(int pid, boolean resident, Instant started, List<SessionStatus> sessions) {
    /** Copies the list. */
    public Status {
      sessions = List.copyOf(sessions);
    }
  }

  /**
   * One running session.
   *
   * @param number counted from 1, in the order in which they began
   * @param callerPid the launcher's process
   * @param command the caller's command line
   * @param started when
   */
  record SessionStatus(int number, int callerPid, List<String> command, Instant started) {
    /** Copies the list. */
    public SessionStatus {
      command = List.copyOf(command);
    }
  }
}

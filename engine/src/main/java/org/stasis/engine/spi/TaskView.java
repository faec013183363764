package org.stasis.engine.spi;

import org.stasis.linux.PidFd;

/** A stopped task, as far as resource kinds need to know it. */
public interface TaskView {
  /**
   * Its pid in the engine's pid namespace, for /proc.
   *
   * @return a positive number
   */
  int pid();

  /**
   * Its pid in its own, innermost pid namespace, as images keep it.
   *
   * @return a positive number
   */
  int nsPid();

  /**
   * A handle on the process.
   *
   * @return owned by the session
   */
  PidFd pidfd();

  /**
   * Names it for people.
   *
   * @return such as {@code "task 12 (redis-server)"}
   */
  String describe();
}

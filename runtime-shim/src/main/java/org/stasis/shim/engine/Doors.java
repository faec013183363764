package org.stasis.shim.engine;

import org.stasis.shim.Door;

/** Which door a caller means. */
@FunctionalInterface
public interface Doors {
  /**
   * The door for a program's name.
   *
   * @param program the last part of the path that the caller executed, such as {@code criu}
   * @return the door; one for unknown names too
   */
  Door named(String program);

  /** Told once, when the process has become the machine's resident engine. */
  default void resident() {}
}

package org.stasis.engine.spi;

import java.util.OptionalInt;
import org.stasis.engine.StasisException;

/**
 * The control groups of a tree: what the kind that carries them tells the core, in a dump. Found
 * with {@link CaptureContext#kind}; it answers once it has captured.
 */
public interface Cgroups {
  /**
   * The set of groups a thread is a member of.
   *
   * @param task its process
   * @param tid the thread, in the engine's pid namespace
   * @return for the thread's cg_set in the images, 0 when membership is not carried
   * @throws StasisException when it cannot be looked at
   */
  int set(TaskView task, int tid) throws StasisException;

  /**
   * The caller's own set.
   *
   * @return for root_cg_set of the inventory, or empty when membership is not carried
   */
  OptionalInt callerSet();
}

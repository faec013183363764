package org.stasis.engine.spi;

import org.stasis.engine.ActionListener;
import org.stasis.engine.RootAgent;

/** The tree being rebuilt, at a barrier. */
public interface RebuiltTree extends Undoing {
  /**
   * A task's pid where the engine can use it.
   *
   * @param task pid as in the images
   * @return pid in the engine's pid namespace
   */
  int hostPid(int task);

  /**
   * The root task's pid as in the images.
   *
   * @return the pid
   */
  int root();

  /**
   * The process in whose place the tree is made.
   *
   * @return the launcher
   */
  RootAgent rootAgent();

  /**
   * Who is told of stages.
   *
   * @return the caller's listener
   */
  ActionListener actions();

  /**
   * A word of the plan's data, as an agent or the kernel has written it.
   *
   * @param offset in the channel, in bytes
   * @return the word
   */
  int word(long offset);
}

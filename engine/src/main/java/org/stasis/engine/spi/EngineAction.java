package org.stasis.engine.spi;

import org.stasis.engine.StasisException;

/** Work of the engine between two stages of a rebuild. */
@FunctionalInterface
public interface EngineAction {
  /**
   * Does the work.
   *
   * @param tree the tasks made so far
   * @throws StasisException to give up; the tree is then killed
   */
  void run(RebuiltTree tree) throws StasisException;
}

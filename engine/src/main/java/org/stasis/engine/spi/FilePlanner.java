package org.stasis.engine.spi;

import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Program;

/** What a file kind is given to plan one cluster. */
public interface FilePlanner extends RebuildContext {
  /**
   * The task that makes the cluster.
   *
   * @return pid as in the images
   */
  int task();

  /**
   * The program to append to.
   *
   * @return the maker's, at the stage where the cluster is made
   */
  Program program();

  /**
   * Tells that a file is open now. The descriptor is moved away to where {@link #descriptor} says;
   * its number is free again afterwards.
   *
   * @param id the file's
   * @param fd the result that is its descriptor
   */
  void opened(int id, Argument fd);
}

package org.stasis.engine.spi;

import org.stasis.engine.StasisException;
import org.stasis.linux.SyscallException;

/**
 * A resource of a whole tree: namespaces, mounts, cgroups. Found with {@link
 * java.util.ServiceLoader}.
 */
public interface TreeKind {
  /**
   * Its turn among the kinds, low first: 10 namespaces, 20 mounts, 30 cgroups.
   *
   * @return any number
   */
  int order();

  /**
   * Surveys the tree, which is stopped; before any file is captured.
   *
   * @param capture takes obstacles, and what the images need
   * @throws StasisException when something cannot be looked at
   */
  void capture(CaptureContext capture) throws StasisException;

  /**
   * Gives back what a capture holds, such as descriptors. Called at the end of a dump, whether it
   * succeeded or not.
   *
   * @throws SyscallException when something can't be given back
   */
  default void release() throws SyscallException {}

  /**
   * Plans the rebuild.
   *
   * @param rebuild the programs to append to
   * @throws StasisException when the images cannot be restored
   */
  void plan(RebuildContext rebuild) throws StasisException;

  /**
   * Undoes what a failed rebuild changed outside of the tree. Called once the tree is dead.
   *
   * @throws StasisException when something is left
   */
  default void undo() throws StasisException {}

  /**
   * Cleans up after a rebuild that succeeded.
   *
   * @throws StasisException when something is left
   */
  default void done() throws StasisException {}
}

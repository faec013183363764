package org.stasis.engine.spi;

import org.stasis.engine.UndoStep;
import org.stasis.linux.SyscallException;

/** Undoes what a restore has changed outside of the tree, should it fail. */
public interface Undoing {
  /**
   * Has something undone if the restore fails, be it that this process is killed. To be called
   * before it is made. What only the tree itself can see needs it not.
   *
   * @param step how; closed when the restore ends
   * @throws SyscallException when the launcher is gone
   */
  void undoLater(UndoStep step) throws SyscallException;

  /**
   * Withdraws a step, since what it would undo is gone already. At the end of the restore all are
   * withdrawn.
   *
   * @param step as given to {@link #undoLater}; closed
   * @throws SyscallException when the launcher is gone
   */
  void forget(UndoStep step) throws SyscallException;
}

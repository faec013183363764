package org.stasis.cgroup;

import java.util.ArrayList;
import java.util.List;
import org.stasis.engine.UndoStep;
import org.stasis.engine.spi.Undoing;
import org.stasis.linux.SyscallException;

/** Undoes when it is told to. */
final class Undone implements Undoing {
  private final List<UndoStep> steps = new ArrayList<>();

  @Override
  public void undoLater(UndoStep step) {
    steps.add(step);
  }

  @Override
  public void forget(UndoStep step) throws SyscallException {
    steps.remove(step);
    step.close();
  }

  void perform() throws SyscallException {
    for (UndoStep step : steps.reversed()) {
      step.perform();
      step.close();
    }
    steps.clear();
  }
}

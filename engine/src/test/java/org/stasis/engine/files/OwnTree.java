package org.stasis.engine.files;

import java.util.ArrayList;
import java.util.List;
import org.stasis.engine.ActionListener;
import org.stasis.engine.RootAgent;
import org.stasis.engine.UndoStep;
import org.stasis.engine.spi.EngineAction;
import org.stasis.engine.spi.RebuiltTree;
import org.stasis.linux.Processes;
import org.stasis.linux.SyscallException;

/** A tree whose root task is this process; it undoes when it is told to. */
public final class OwnTree implements RebuiltTree, AutoCloseable {
  private final List<UndoStep> steps = new ArrayList<>();

  /** Does what was planned. */
  public void run(List<EngineAction> actions) throws Exception {
    for (EngineAction action : actions) {
      action.run(this);
    }
  }

  /** Undoes all, the newest first. */
  public void undo() throws SyscallException {
    for (UndoStep step : steps.reversed()) {
      step.perform();
    }
  }

  /** What would be undone, in order. */
  public List<String> steps() {
    return steps.stream().map(step -> step.kind() + " " + step.name()).toList();
  }

  @Override
  public void undoLater(UndoStep step) {
    steps.add(step);
  }

  @Override
  public void forget(UndoStep step) throws SyscallException {
    steps.remove(step);
    step.close();
  }

  @Override
  public int hostPid(int task) {
    return Processes.self();
  }

  @Override
  public int root() {
    return 1;
  }

  @Override
  public RootAgent rootAgent() {
    throw new UnsupportedOperationException();
  }

  @Override
  public ActionListener actions() {
    return ActionListener.NONE;
  }

  @Override
  public int word(long offset) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() throws SyscallException {
    for (UndoStep step : steps) {
      step.close();
    }
    steps.clear();
  }
}

package org.stasis.engine.rebuild;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.RootAgent;
import org.stasis.engine.StasisException;
import org.stasis.engine.UndoStep;
import org.stasis.linux.SyscallException;

/**
 * What has to be undone outside of the tree when the restore fails. If it fails because this
 * process is killed, the root agent does it, which is therefore told of everything beforehand.
 */
final class UndoList {
  private static final Logger LOG = LoggerFactory.getLogger(UndoList.class);

  private final @Nullable RootAgent rootAgent;
  private final List<Entry> entries = new ArrayList<>();
  private int last;

  private record Entry(int number, UndoStep step) {}

  /**
   * An empty list.
   *
   * @param rootAgent who undoes when this process is killed; null when nobody can
   */
  UndoList(@Nullable RootAgent rootAgent) {
    this.rootAgent = rootAgent;
  }

  /** Adds a step, before what it undoes is done. */
  void add(UndoStep step) throws SyscallException {
    entries.add(new Entry(++last, step)); // closed with the others, whatever happens
    if (rootAgent != null) {
      rootAgent.undoLater(last, step);
    }
  }

  /** Drops a step: what it undoes is gone. */
  void forget(UndoStep step) throws SyscallException {
    for (int i = entries.size() - 1; i >= 0; i--) {
      if (entries.get(i).step() == step) {
        try (step) {
          withdraw(entries.remove(i).number());
        }
        return;
      }
    }
  }

  /** Drops all: what they would undo shall stay. */
  void forgetAll() throws SyscallException {
    if (!entries.isEmpty()) {
      try {
        withdraw(0);
      } finally {
        close();
      }
    }
  }

  private void withdraw(int number) throws SyscallException {
    if (rootAgent != null) {
      rootAgent.forget(number);
    }
  }

  private void close() throws SyscallException {
    for (Entry entry : entries) {
      entry.step().close();
    }
    entries.clear();
  }

  /** Undoes everything, the newest first; what is left is told, and added to the failure. */
  void perform(StasisException failure) {
    for (Entry entry : entries.reversed()) {
      UndoStep step = entry.step();
      try {
        step.perform();
      } catch (SyscallException e) {
        failure.addSuppressed(new StasisException("", "undoing " + step.name(), "", e));
      }
    }
    try {
      withdraw(0);
    } catch (SyscallException e) {
      LOG.debug("{}", e.getMessage()); // it is gone, which may be why the restore failed
    }
    try {
      close();
    } catch (SyscallException e) {
      failure.addSuppressed(e);
    }
  }
}

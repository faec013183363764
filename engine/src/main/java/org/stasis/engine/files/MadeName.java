package org.stasis.engine.files;

import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.UndoStep;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.RebuiltTree;
import org.stasis.engine.spi.Stage;
import org.stasis.linux.SyscallException;

/**
 * Sees to it that nothing is left of a name which the tasks of a tree make, should the restore
 * fail. What had the name before the restore stays.
 */
public final class MadeName {
  private final UndoStep.Kind kind;
  private final String path;
  private @Nullable UndoStep step;

  private MadeName(UndoStep.Kind kind, String path) {
    this.kind = kind;
    this.path = path;
  }

  /**
   * A name that is needed only while files are opened.
   *
   * @param kind how it goes: UNLINK or RMDIR
   * @param path as the tree sees it before any task changes its root directory
   * @param context takes the work
   */
  public static void planPassing(UndoStep.Kind kind, String path, RebuildContext context) {
    MadeName name = new MadeName(kind, path);
    context.before(Stage.MOUNTED, name::announce);
    context.before(Stage.FILTERS, name::forget);
  }

  /**
   * A name that stays when the restore succeeds.
   *
   * @param path as the tree sees it before any task changes its root directory
   * @param context takes the work
   */
  public static void planLasting(String path, RebuildContext context) {
    context.before(Stage.MOUNTED, new MadeName(UndoStep.Kind.UNLINK, path)::announce);
  }

  /**
   * A name that is needed only while files are opened, and whose owner is put aside meanwhile.
   *
   * @param path as the tree sees it before any task changes its root directory
   * @param suffix what is added to the path where its owner is meanwhile
   * @param context takes the work
   */
  public static void planBorrowed(String path, String suffix, RebuildContext context) {
    planPassing(UndoStep.Kind.UNLINK, path, context);
    MadeName name = new MadeName(UndoStep.Kind.RENAME, path);
    context.before(Stage.MOUNTED, tree -> name.announceBorrowing(suffix, tree));
    context.before(Stage.FILTERS, name::forget);
  }

  private void announce(RebuiltTree tree) throws StasisException {
    try {
      TreeName found = TreeName.find(tree, path);
      if (found != null && found.exists()) {
        found.close();
      } else if (found != null) {
        undoLater(new UndoStep(kind, found.directory(), found.name()), tree);
      }
    } catch (SyscallException e) {
      throw failure(e);
    }
  }

  private void announceBorrowing(String suffix, RebuiltTree tree) throws StasisException {
    try {
      TreeName found = TreeName.find(tree, path);
      if (found != null && !found.exists()) {
        found.close();
      } else if (found != null) {
        String name = found.name();
        undoLater(new UndoStep(kind, found.directory(), name + suffix, name), tree);
      }
    } catch (SyscallException e) {
      throw failure(e);
    }
  }

  private void undoLater(UndoStep undo, RebuiltTree tree) throws SyscallException {
    tree.undoLater(undo);
    step = undo;
  }

  private void forget(RebuiltTree tree) throws StasisException {
    try {
      if (step != null) {
        tree.forget(step);
      }
    } catch (SyscallException e) {
      throw failure(e);
    }
  }

  private StasisException failure(SyscallException cause) {
    return new StasisException("", "preparing to make " + path, "", cause);
  }
}

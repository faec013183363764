package org.stasis.engine.regular;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.TreeName;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.RebuiltTree;
import org.stasis.engine.spi.Stage;
import org.stasis.linux.Errno;
import org.stasis.linux.Names;
import org.stasis.linux.SyscallException;

/**
 * The names that {@link LinkRemaps} gave files at the dump, in a restore: they go when nothing can
 * fail any more, since another restore would need them.
 */
final class RestoredLinks {
  private final Set<String> planned = new HashSet<>();
  private final List<TreeName> links = new ArrayList<>();

  /** Notes a name while the tree's root directory is what it was at the dump. */
  void plan(String path, RebuildContext context) {
    if (planned.add(path)) {
      context.before(Stage.MOUNTED, tree -> find(path, tree));
    }
  }

  private void find(String path, RebuiltTree tree) throws StasisException {
    try {
      TreeName link = TreeName.find(tree, path);
      if (link != null) {
        links.add(link);
      }
    } catch (SyscallException e) {
      throw new StasisException("", "looking for " + path, "", e);
    }
  }

  void remove() throws StasisException {
    for (TreeName link : links) {
      try {
        Names.unlink(link.directory(), link.name(), 0);
      } catch (SyscallException e) {
        if (!e.is(Errno.ENOENT)) {
          throw new StasisException("", "removing " + link.name(), "", e);
        }
      }
    }
    close();
  }

  void close() throws StasisException {
    for (TreeName link : links) {
      try {
        link.close();
      } catch (SyscallException e) {
        throw new StasisException("", "closing a directory", "", e);
      }
    }
    links.clear();
  }
}

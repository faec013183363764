package org.stasis.shim.archive.tree;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.stasis.linux.Directory;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;

/** What the layers below the upper one hold together. */
final class LowerLayers {
  private final List<Fd> layers;

  /**
   * Takes them.
   *
   * @param layers the topmost first; stay the caller's
   */
  LowerLayers(List<Fd> layers) {
    this.layers = layers;
  }

  /** The names in a directory; none when it is none. */
  Set<String> names(String path) throws IOException {
    Set<String> names = new TreeSet<>();
    Set<String> gone = new HashSet<>();
    for (Fd layer : layers) {
      Sight sight = look(layer, path);
      if (sight.there()) {
        try (Fd directory = Beneath.open(layer, path)) {
          for (Directory.Entry each : Directory.list(directory)) {
            Stat stat = Stat.ofLink(directory, each.name());
            if (OverlayMarks.isWhiteout(directory, each.name(), stat)) {
              gone.add(each.name());
            } else if (!gone.contains(each.name())) {
              names.add(each.name());
            }
          }
        }
      }
      if (sight.last()) {
        break;
      }
    }
    return names;
  }

  /**
   * What a layer says of a directory.
   *
   * @param there whether it has it
   * @param last whether it hides what the layers below it have
   */
  private record Sight(boolean there, boolean last) {}

  private static Sight look(Fd layer, String path) throws IOException {
    boolean last = false;
    String at = "";
    for (String part : path.split("/")) {
      try (Fd above = Beneath.open(layer, at)) {
        Stat stat = Stat.ofLink(above, part);
        if (stat.type() != Stat.S_IFDIR) {
          return new Sight(false, true);
        }
        last |= OverlayMarks.isOpaque(above, part);
      } catch (SyscallException e) {
        if (e.is(Errno.ENOENT)) {
          return new Sight(false, last);
        }
        throw e;
      }
      at = at.isEmpty() ? part : at + "/" + part;
    }
    return new Sight(true, last);
  }
}

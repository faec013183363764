package org.stasis.shim.archive.tree;

import java.io.IOException;
import org.stasis.shim.archive.tar.TarEntry;
import org.stasis.shim.archive.tar.TarReader;
import org.stasis.shim.archive.tar.TarType;

/** Whether an entry may be unpacked, as far as the archive alone tells. */
final class Admission {
  private final UnpackRules rules;

  Admission(UnpackRules rules) {
    this.rules = rules;
  }

  /** Looks at all entries of an archive, and at all of its data. */
  void requireAll(TarReader tar) throws IOException {
    for (TarEntry entry; (entry = tar.next()) != null; ) {
      try {
        require(entry);
      } catch (IOException e) {
        throw new IOException("unpacking " + entry.name() + ": " + e.getMessage(), e);
      }
    }
  }

  /**
   * Returns the path it is for.
   *
   * @return without needless parts; empty for the directory itself
   * @throws IOException when it may not be unpacked, and why
   */
  String require(TarEntry entry) throws IOException {
    String path = Beneath.relative(entry.name());
    if (path.isEmpty() && entry.type() != TarType.DIRECTORY) {
      throw new IOException("the directory itself cannot become something else");
    }
    switch (entry.type()) {
      case FILE, DIRECTORY -> {}
      case SYMBOLIC_LINK -> requireInside(entry.target(), path);
      case HARD_LINK -> {
        requireLinks("a hard link");
        Beneath.relative(entry.target());
      }
      case FIFO -> requireLinks("a FIFO");
      case CHARACTER_DEVICE, BLOCK_DEVICE -> {
        if (!rules.allows(entry.type(), entry.device())) {
          throw new IOException(
              "a device that does not belong there: "
                  + entry.device().major()
                  + ":"
                  + entry.device().minor());
        }
      }
    }
    for (String each : entry.attributes().keySet()) {
      if (FileEntries.isOfOverlayfs(each)) {
        throw new IOException("the attribute " + each + " belongs to overlayfs");
      }
    }
    return path;
  }

  private void requireLinks(String what) throws IOException {
    if (!rules.anything()) {
      throw new IOException(what + " does not belong there");
    }
  }

  /** Nobody follows a link here, but whoever uses the files will. */
  private void requireInside(String target, String path) throws IOException {
    if (rules.anything()) {
      return;
    }
    int depth = path.split("/", -1).length - 1;
    boolean inside = !target.startsWith("/");
    for (String part : target.split("/", -1)) {
      depth += part.equals("..") ? -1 : part.isEmpty() || part.equals(".") ? 0 : 1;
      inside &= depth >= 0;
    }
    if (!inside) {
      throw new IOException("a link that leads out of the archive, to " + target);
    }
  }
}

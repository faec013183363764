package org.stasis.engine.regular;

import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSet;
import org.stasis.images.proto.GhostFileEntry;
import org.stasis.images.proto.RegFileEntry;
import org.stasis.images.proto.RemapFilePathEntry;
import org.stasis.images.proto.RemapType;

/** The image {@code remap-fpath}: files that their names do not lead to any more. */
final class Remaps {
  private static final int OLD_GHOST = 1 << 31;

  private static final String PROC = "/proc/";

  private final Map<Integer, Remap> byFile = new LinkedHashMap<>();
  private final Map<String, Remap> byDeadProcess = new HashMap<>();

  /**
   * Where a file is to be had from.
   *
   * @param type how
   * @param target number of the ghost, id of the file entry with a name that leads to it, or pid of
   *     the process it belonged to
   */
  record Remap(RemapType type, int target) {}

  static Remaps read(RebuildContext context) throws StasisException {
    Remaps remaps = new Remaps();
    try {
      for (RemapFilePathEntry entry :
          context.images().all(ImageKind.REMAP_FPATH, RemapFilePathEntry.parser())) {
        Remap remap = remap(entry);
        remaps.byFile.put(entry.getOrigId(), remap);
        if (remap.type() == RemapType.PROCFS) {
          remaps.byDeadProcess.put(Integer.toString(remap.target()), remap);
        }
      }
      return remaps;
    } catch (IOException e) {
      throw new StasisException("", "reading files without a name", e.getMessage(), 0, "", e);
    }
  }

  /** Old writers put the type into the number. */
  private static Remap remap(RemapFilePathEntry entry) {
    if (entry.hasRemapType()) {
      return new Remap(entry.getRemapType(), entry.getRemapId());
    }
    boolean ghost = (entry.getRemapId() & OLD_GHOST) != 0;
    return new Remap(ghost ? RemapType.GHOST : RemapType.LINKED, entry.getRemapId() & ~OLD_GHOST);
  }

  /**
   * Null for a file that its name leads to. CRIU names a dead process once, with one of its files.
   */
  @Nullable Remap find(RegFileEntry file) {
    Remap own = byFile.get(file.getId());
    if (own != null || byDeadProcess.isEmpty()) {
      return own;
    }
    String name = file.getName();
    if (!name.startsWith(PROC)) {
      return null;
    }
    int end = name.indexOf('/', PROC.length());
    return byDeadProcess.get(name.substring(PROC.length(), end < 0 ? name.length() : end));
  }

  /** The first file of a ghost that was a certain inode. */
  OptionalInt ghost(int device, long inode, ImageSet images) throws StasisException {
    try {
      for (Map.Entry<Integer, Remap> file : byFile.entrySet()) {
        if (file.getValue().type() == RemapType.GHOST) {
          int number = file.getValue().target();
          GhostFileEntry ghost = images.read(ImageKind.GHOST_FILE, number, GhostFileEntry.parser());
          if (ghost.hasIno() && ghost.getIno() == inode && ghost.getDev() == device) {
            return OptionalInt.of(file.getKey());
          }
        }
      }
      return OptionalInt.empty();
    } catch (IOException e) {
      throw new StasisException("", "reading deleted files", e.getMessage(), 0, "", e);
    }
  }
}

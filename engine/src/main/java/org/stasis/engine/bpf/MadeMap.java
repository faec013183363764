package org.stasis.engine.bpf;

import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.images.proto.BpfmapFileEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.linux.bpf.BpfMap;
import org.stasis.linux.bpf.BpfMapInfo;

/**
 * One map while it is restored. The engine makes it, as tasks in a user namespace may not, and
 * fills it; each description of it is opened by its new id.
 */
final class MadeMap {
  private final BpfmapFileEntry entry;
  private final BpfMap.Content content;
  private @Nullable Fd made;

  MadeMap(BpfmapFileEntry entry, BpfMap.Content content) {
    this.entry = entry;
    this.content = content;
  }

  /**
   * Opens a description.
   *
   * @param flags open flags as in the images
   * @return an own description
   * @throws StasisException when the map cannot be made
   */
  Fd open(int flags) throws StasisException {
    try {
      if (made == null) {
        made = make();
      }
      return BpfMap.byId(BpfMap.info(made).id(), access(flags));
    } catch (SyscallException e) {
      throw new StasisException(
          "",
          "making BPF map " + Integer.toUnsignedString(entry.getMapId()),
          "It needs CAP_BPF and CAP_SYS_ADMIN, and a kernel that knows its kind.",
          e);
    }
  }

  private static int access(int flags) {
    return switch (flags & Open.O_ACCMODE) {
      case Open.O_RDONLY -> BpfMap.BPF_F_RDONLY;
      case Open.O_WRONLY -> BpfMap.BPF_F_WRONLY;
      default -> 0;
    };
  }

  private Fd make() throws SyscallException {
    Fd map =
        BpfMap.create(
            new BpfMapInfo(
                entry.getMapType(),
                0,
                entry.getKeySize(),
                entry.getValueSize(),
                entry.getMaxEntries(),
                entry.getMapFlags() & ~(BpfMap.BPF_F_NUMA_NODE | BpfMap.BPF_F_TOKEN_FD),
                entry.getMapName(),
                0,
                0,
                entry.getMapExtra()));
    try {
      BpfMap.write(map, content);
      if (entry.getFrozen()) {
        BpfMap.freeze(map);
      }
      return map;
    } catch (SyscallException e) {
      map.close();
      throw e;
    }
  }

  /** Drops the engine's own description. */
  void close() throws SyscallException {
    if (made != null) {
      made.close();
      made = null;
    }
  }
}

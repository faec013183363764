package org.stasis.engine.memory;

import java.util.BitSet;
import org.stasis.images.proto.VmaEntry;

/**
 * What a task has of its memory already when it is born, since its parent had it then, so that they
 * share pages copy-on-write as they did; and what it must have itself before it makes its own
 * children.
 */
public final class Inheritance {
  /** Of its mappings, what is mapped already. */
  final Intervals kept;

  /** Of that, the pages that have the right content. */
  final Intervals same;

  /** Of that, the pages that the parent has and the task has not. */
  final Intervals stale;

  /** Which of its mappings, by number, come before its children. */
  final BitSet early = new BitSet();

  Inheritance(Intervals kept, Intervals same, Intervals stale) {
    this.kept = kept;
    this.same = same;
    this.stale = stale;
  }

  /**
   * Of a task that starts with nothing.
   *
   * @return a new one
   */
  public static Inheritance nothing() {
    return new Inheritance(Intervals.NONE, Intervals.NONE, Intervals.NONE);
  }

  /**
   * Whether some of its memory comes before its children.
   *
   * @return true when a child shares some of it
   */
  public boolean passesOn() {
    return !early.isEmpty();
  }

  /** Whether fork(2) passes a mapping on as it is, page by page. */
  static boolean isPassedOn(VmaEntry vma) {
    int notPassed = MmapFlags.MAP_DROPPABLE | MmapFlags.MAP_HUGETLB;
    long changed = 1L << MmapFlags.MADV_DONTFORK | 1L << MmapFlags.MADV_WIPEONFORK;
    return MappingPlan.takesPages(vma)
        && !MappingPlan.isKernels(vma)
        && !Guards.isOne(vma)
        && (vma.getFlags() & notPassed) == 0
        && (vma.getMadv() & changed) == 0;
  }

  /** Whether two mappings, of parent and child, can be one that was passed on. */
  static boolean isSame(VmaEntry a, VmaEntry b) {
    int kind = VmaStatus.ANON_PRIVATE | VmaStatus.FILE_PRIVATE | VmaStatus.MEMFD;
    if ((a.getStatus() & kind) != (b.getStatus() & kind)
        || (a.getFlags() & ~MmapFlags.MAP_LOCKED) != (b.getFlags() & ~MmapFlags.MAP_LOCKED)) {
      return false;
    }
    boolean anonymous = (a.getStatus() & VmaStatus.ANON_PRIVATE) != 0;
    return anonymous
        || (a.getShmid() == b.getShmid()
            && a.getStart() - a.getPgoff() == b.getStart() - b.getPgoff());
  }
}

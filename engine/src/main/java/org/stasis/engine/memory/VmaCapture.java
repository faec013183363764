package org.stasis.engine.memory;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import org.stasis.engine.Obstacle;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.NamespaceKind;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.Namespaces;
import org.stasis.engine.spi.TaskView;
import org.stasis.images.proto.AioRingEntry;
import org.stasis.images.proto.VmaEntry;
import org.stasis.linux.KernelString;
import org.stasis.linux.proc.MapEntry;
import org.stasis.linux.proc.SmapEntry;
import org.stasis.linux.proc.VmFlag;

/** Describes the mappings of one task for its mm image. */
public final class VmaCapture {
  private static final int O_RDWR = 2;
  private static final String ANONYMOUS_HUGE = "/anon_hugepage";
  private static final long USER_TOP = 0x7fff_ffff_f000L;

  private final CaptureContext context;
  private final TaskView task;
  private final long startBrk;
  private final long brk;

  /**
   * Prepares.
   *
   * @param context takes obstacles, gives file ids
   * @param task whose mappings
   * @param startBrk start of the heap, as {@code /proc/PID/stat} says
   * @param brk its end, as brk(2) says
   */
  public VmaCapture(CaptureContext context, TaskView task, long startBrk, long brk) {
    this.context = context;
    this.task = task;
    this.startBrk = startBrk;
    this.brk = brk;
  }

  /**
   * Describes all mappings.
   *
   * @param smaps ascending
   * @return entries, ascending; the parts of the vDSO's data are one
   * @throws StasisException when a mapped file cannot be looked at
   */
  public List<VmaEntry> capture(List<SmapEntry> smaps) throws StasisException {
    List<VmaEntry> entries = new ArrayList<>(smaps.size());
    for (SmapEntry entry : smaps) {
      VmaEntry vma = capture(entry);
      if (!entries.isEmpty() && continuesVvar(entries.getLast(), vma)) {
        VmaEntry whole = entries.removeLast().toBuilder().setEnd(vma.getEnd()).build();
        entries.add(whole);
      } else {
        entries.add(vma);
      }
    }
    return entries;
  }

  /**
   * What images say of rings of asynchronous I/O besides their mappings.
   *
   * @param vmas of one task
   * @return one entry for each ring
   */
  public static List<AioRingEntry> rings(List<VmaEntry> vmas) {
    List<AioRingEntry> rings = new ArrayList<>();
    for (VmaEntry vma : vmas) {
      if (AioRings.isRing(vma)) {
        rings.add(AioRings.capture(vma));
      }
    }
    return rings;
  }

  private static boolean continuesVvar(VmaEntry before, VmaEntry vma) {
    return (before.getStatus() & vma.getStatus() & VmaStatus.VVAR) != 0
        && before.getEnd() == vma.getStart();
  }

  private VmaEntry capture(SmapEntry entry) throws StasisException {
    MapEntry map = entry.map();
    VmaEntry.Builder vma =
        VmaEntry.newBuilder()
            .setStart(map.start())
            .setEnd(map.end())
            .setPgoff(0)
            .setShmid(0)
            .setProt(map.protection())
            .setFlags(0)
            .setStatus(0)
            .setFd(-1);
    if (kernels(map, vma)) {
      return vma.build();
    }
    for (String unknown : entry.unknownFlags()) {
      obstacle(map, "the kernel says " + unknown + " of it, which is not known", "");
    }
    if (!checkCarried(entry, map)) {
      return vma.setStatus(VmaStatus.REGULAR).build();
    }
    flags(entry, vma);
    if (AioRings.isRing(map)) {
      return vma.setStatus(VmaStatus.AIORING).build();
    }
    if (AttachedSegments.isSegment(map)) {
      segment(entry, map, vma);
    } else if (map.isFile() && !isPrivateHuge(entry)) {
      file(entry, map, vma);
    } else if (map.shared()) {
      shared(map, vma);
    } else {
      anonymous(map, vma);
    }
    advice(entry, vma);
    if (entry.has(VmFlag.LOCK_ON_FAULT)) {
      vma.setLockOnFault(true);
    }
    if (!map.anonymousName().isEmpty()) {
      vma.setName(ByteString.copyFrom(KernelString.encode(map.anonymousName())));
    }
    return vma.build();
  }

  /** Mappings that the kernel makes. */
  private static boolean kernels(MapEntry map, VmaEntry.Builder vma) {
    int status =
        switch (map.name()) {
          case "[vdso]" -> VmaStatus.REGULAR | VmaStatus.VDSO | VmaStatus.ANON_PRIVATE;
          case "[vvar]", "[vvar_vclock]" ->
              VmaStatus.REGULAR | VmaStatus.VVAR | VmaStatus.ANON_PRIVATE;
          case "[vsyscall]" -> VmaStatus.VSYSCALL | VmaStatus.ANON_PRIVATE;
          default -> 0;
        };
    if (status == 0) {
      return false;
    }
    vma.setStatus(status).setFlags(MmapFlags.MAP_PRIVATE | MmapFlags.MAP_ANONYMOUS);
    return true;
  }

  private boolean checkCarried(SmapEntry entry, MapEntry map) {
    String reason = null;
    String remedy = "Have the program unmap it before the dump.";
    if (map.name().equals("[uprobes]")) {
      reason = "a uprobe is being traced in it";
      remedy = "Stop the tracing, and start the program again.";
    } else if (map.path().equals("/secretmem")) {
      reason = "secret memory, which nobody but its owner may read";
    } else if (entry.has(VmFlag.UFFD_MISSING)
        || entry.has(VmFlag.UFFD_WRITE_PROTECT)
        || entry.has(VmFlag.UFFD_MINOR)) {
      reason = "memory registered with userfaultfd, of which somebody else takes care";
      remedy = "Close the userfaultfd before the dump.";
    } else if (entry.has(VmFlag.SHADOW_STACK)) {
      reason = "a shadow stack is not carried yet";
      remedy = "Run with GLIBC_TUNABLES=glibc.cpu.x86_shstk=off.";
    } else if (entry.has(VmFlag.PFN_MAP) || entry.has(VmFlag.IO)) {
      reason = "memory of a device";
    } else if (entry.protectionKey() != 0 && map.protection() != MmapFlags.PROT_EXEC) {
      // for what may only be executed, the kernel takes a key by itself, and will again
      reason = "it has protection key " + entry.protectionKey() + ", pkey_mprotect(2)";
      remedy = "Have the program do without protection keys.";
    }
    if (reason != null) {
      obstacle(map, reason, remedy);
    }
    return reason == null;
  }

  private void obstacle(MapEntry map, String reason, String remedy) {
    context.obstacle(
        new Obstacle(
            task.describe(),
            "mapping "
                + Long.toHexString(map.start())
                + "-"
                + Long.toHexString(map.end())
                + (map.name().isEmpty() ? "" : " " + map.name()),
            reason,
            remedy));
  }

  private static void flags(SmapEntry entry, VmaEntry.Builder vma) {
    int flags = entry.map().shared() ? MmapFlags.MAP_SHARED : MmapFlags.MAP_PRIVATE;
    if (entry.has(VmFlag.DROPPABLE)) {
      flags = MmapFlags.MAP_DROPPABLE;
    }
    if (entry.has(VmFlag.GROWS_DOWN)) {
      flags |= MmapFlags.MAP_GROWSDOWN;
    }
    if (entry.has(VmFlag.LOCKED)) {
      flags |= MmapFlags.MAP_LOCKED;
    }
    if (entry.has(VmFlag.NO_RESERVE)) {
      flags |= MmapFlags.MAP_NORESERVE;
    }
    if (entry.has(VmFlag.HUGETLB)) {
      int log2 = Long.numberOfTrailingZeros(entry.pageSizeKb() << 10);
      flags |= MmapFlags.MAP_HUGETLB | log2 << MmapFlags.MAP_HUGE_SHIFT;
    }
    vma.setFlags(flags);
  }

  private void anonymous(MapEntry map, VmaEntry.Builder vma) {
    int status = VmaStatus.REGULAR | VmaStatus.ANON_PRIVATE;
    boolean heap =
        Long.compareUnsigned(map.start(), brk) < 0
            && Long.compareUnsigned(map.end(), startBrk) > 0
            && brk != startBrk;
    vma.setStatus(heap ? status | VmaStatus.HEAP : status)
        .setFlags(vma.getFlags() | MmapFlags.MAP_ANONYMOUS);
  }

  private void shared(MapEntry map, VmaEntry.Builder vma) {
    obstacle(map, "shared memory without a file is not known", "");
    vma.setStatus(VmaStatus.REGULAR);
  }

  private void segment(SmapEntry entry, MapEntry map, VmaEntry.Builder vma) {
    boolean own =
        context.kind(Namespaces.class).map(kind -> kind.own(NamespaceKind.IPC)).orElse(false);
    if (!own) {
      obstacle(
          map,
          "a System V shared memory segment of an IPC namespace that others use too",
          "Run the program in an IPC namespace of its own.");
    }
    AttachedSegments.capture(map, entry.has(VmFlag.MAY_WRITE), vma);
  }

  private void file(SmapEntry entry, MapEntry map, VmaEntry.Builder vma) throws StasisException {
    // what can be written through a shared mapping was opened for writing
    int access = map.shared() && entry.has(VmFlag.MAY_WRITE) ? O_RDWR : 0;
    String link = "map_files/" + Long.toHexString(map.start()) + "-" + Long.toHexString(map.end());
    int status = map.shared() ? VmaStatus.FILE_SHARED : VmaStatus.FILE_PRIVATE;
    if (isShmem(map)) {
      status = map.shared() ? VmaStatus.MEMFD | VmaStatus.FILE_SHARED : status | VmaStatus.MEMFD;
    }
    vma.setShmid(context.fileId(task, link, access))
        .setPgoff(map.offset())
        .setFdflags(access)
        .setStatus(VmaStatus.REGULAR | status);
  }

  /** Memory files without a name: memfd_create(2), and shared anonymous memory. */
  static boolean isShmem(MapEntry map) {
    return map.name().startsWith("[anon_shmem:")
        || map.isDeleted()
            && (map.path().startsWith("/memfd:")
                || map.path().equals("/dev/zero")
                || map.path().equals(ANONYMOUS_HUGE));
  }

  /** Private anonymous memory of huge pages has a file that nothing but this mapping knows. */
  private static boolean isPrivateHuge(SmapEntry entry) {
    return !entry.map().shared()
        && entry.map().isDeleted()
        && entry.map().path().equals(ANONYMOUS_HUGE);
  }

  private static void advice(SmapEntry entry, VmaEntry.Builder vma) {
    long advice = 0;
    advice |= bit(entry, VmFlag.RANDOM, MmapFlags.MADV_RANDOM);
    advice |= bit(entry, VmFlag.SEQUENTIAL, MmapFlags.MADV_SEQUENTIAL);
    advice |= bit(entry, VmFlag.DONT_COPY, MmapFlags.MADV_DONTFORK);
    advice |= bit(entry, VmFlag.MERGEABLE, MmapFlags.MADV_MERGEABLE);
    advice |= bit(entry, VmFlag.HUGE_PAGE, MmapFlags.MADV_HUGEPAGE);
    advice |= bit(entry, VmFlag.NO_HUGE_PAGE, MmapFlags.MADV_NOHUGEPAGE);
    advice |= bit(entry, VmFlag.WIPE_ON_FORK, MmapFlags.MADV_WIPEONFORK);
    if (!entry.has(VmFlag.DROPPABLE) && !entry.has(VmFlag.HUGETLB)) {
      advice |= bit(entry, VmFlag.DONT_DUMP, MmapFlags.MADV_DONTDUMP);
    }
    if (advice != 0) {
      vma.setMadv(advice);
    }
  }

  private static long bit(SmapEntry entry, VmFlag flag, int advice) {
    return entry.has(flag) ? 1L << advice : 0;
  }

  static boolean belowTop(VmaEntry vma) {
    return Long.compareUnsigned(vma.getStart(), USER_TOP) < 0;
  }
}

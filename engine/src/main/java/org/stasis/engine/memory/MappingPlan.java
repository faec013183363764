package org.stasis.engine.memory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.images.proto.MmEntry;
import org.stasis.images.proto.VmaEntry;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Program;

/**
 * Plans the mappings of one task, at the addresses they had: everything goes but the agent's area
 * and what the parent passed on ({@link Inheritance}), then the mappings come, then their pages
 * ({@link PagePlan}), then what would have been in the pages' way: protection, advice, locks.
 */
public final class MappingPlan {
  private static final long TASK_SIZE = 0x7fff_ffff_f000L;
  private static final int ARCH_MAP_VDSO_64 = 0x2003;
  private static final int PR_SET_MM = 35;
  private static final int PR_SET_MM_MAP = 14;
  private static final int PR_SET_VMA = 0x53564d41;
  private static final int PR_SET_VMA_ANON_NAME = 0;
  private static final int EINVAL = 22;

  private final RebuildContext context;
  private final int task;
  private final MmEntry mm;
  private final Inheritance inheritance;
  private final PagePlan pages;
  private final Program program;

  /**
   * Prepares a plan.
   *
   * @param context everything around
   * @param task pid as in the images
   * @param mm its mappings
   * @param inheritance what it has of them when it is born
   * @param pages plans the reading of pages
   * @param program takes the operations
   */
  public MappingPlan(
      RebuildContext context,
      int task,
      MmEntry mm,
      Inheritance inheritance,
      PagePlan pages,
      Program program) {
    this.context = context;
    this.task = task;
    this.mm = mm;
    this.inheritance = inheritance;
    this.pages = pages;
    this.program = program;
  }

  /**
   * Plans what must be there before the task makes its children, who share it copy-on-write.
   *
   * @param holeStart first byte of what the agent uses
   * @param holeEnd the byte after it
   * @param program takes the operations
   * @throws StasisException when a mapping cannot be restored here
   * @throws IOException when the images are damaged
   */
  public void planEarly(long holeStart, long holeEnd, Program program)
      throws StasisException, IOException {
    planLeaving(holeStart, holeEnd, program);
    List<VmaEntry> vmas = mm.getVmasList();
    Intervals early = early();
    for (int i = inheritance.early.nextSetBit(0); i >= 0; i = inheritance.early.nextSetBit(i + 1)) {
      map(vmas.get(i), program);
    }
    planStale(program);
    pages.plan(task, vmas, early.gaps(0, TASK_SIZE).with(inheritance.same), program);
  }

  /** Which addresses are mapped before the task makes its children. */
  private Intervals early() {
    Intervals early = new Intervals();
    for (int i = inheritance.early.nextSetBit(0); i >= 0; i = inheritance.early.nextSetBit(i + 1)) {
      early.add(mm.getVmas(i).getStart(), mm.getVmas(i).getEnd());
    }
    return early;
  }

  /**
   * Plans the unmapping of all there is and the mapping of all there was, with its pages.
   *
   * @param holeStart first byte of what the agent uses
   * @param holeEnd the byte after it
   * @param vdso how this kernel lays out its vDSO
   * @throws StasisException when a mapping cannot be restored here
   * @throws IOException when the images are damaged
   */
  public void planMappings(long holeStart, long holeEnd, VdsoLayout vdso)
      throws StasisException, IOException {
    if (!inheritance.passesOn()) {
      planLeaving(holeStart, holeEnd, program);
    }
    planVdso(vdso);
    List<VmaEntry> vmas = mm.getVmasList();
    new AttachedSegments(context, task, program).plan(vmas);
    for (int i = 0; i < vmas.size(); i++) {
      VmaEntry vma = vmas.get(i);
      boolean special = AttachedSegments.isOne(vma) || AioRings.isRing(vma);
      if (!isKernels(vma) && !Guards.isOne(vma) && !special && !inheritance.early.get(i)) {
        map(vma, program);
      }
    }
    new AioRings(context, task, mm, program).plan();
    if (!inheritance.passesOn()) {
      planStale(program);
    }
    pages.plan(task, vmas, early().with(inheritance.same), program);
  }

  /** Nothing is left but the agent and what is kept of the parent's memory. */
  private void planLeaving(long holeStart, long holeEnd, Program program) {
    Intervals hole = new Intervals();
    hole.add(holeStart, holeEnd);
    Intervals rest = inheritance.kept.with(hole).gaps(0, TASK_SIZE);
    program.why("leaving the address space it was born with");
    for (int i = 0; i < rest.count(); i++) {
      program.call(SyscallNumber.MUNMAP, rest.start(i), rest.end(i) - rest.start(i));
    }
  }

  private void planStale(Program program) {
    program.why("forgetting pages of its parent");
    for (int i = 0; i < inheritance.stale.count(); i++) {
      long start = inheritance.stale.start(i);
      long length = inheritance.stale.end(i) - start;
      program.call(SyscallNumber.MADVISE, start, length, MmapFlags.MADV_DONTNEED);
    }
  }

  /** Whether the kernel, not mmap(2), provides a mapping. */
  static boolean isKernels(VmaEntry vma) {
    return (vma.getStatus() & (VmaStatus.VDSO | VmaStatus.VVAR | VmaStatus.VSYSCALL)) != 0;
  }

  private void planVdso(VdsoLayout here) throws StasisException {
    VdsoLayout wanted = VdsoLayout.of(mm.getVmasList());
    if (wanted.isEmpty()) {
      return;
    }
    if (!wanted.sameShape(here)) {
      throw new StasisException(
          context.describe(task),
          "restoring the vDSO",
          "it is of another kernel build: " + wanted + ", here " + here,
          0,
          "Restore on the kernel the dump was made on.",
          null);
    }
    program.why("mapping the vDSO");
    program.call(SyscallNumber.ARCH_PRCTL, ARCH_MAP_VDSO_64, wanted.start());
  }

  /** Maps what of a mapping is not kept. */
  private void map(VmaEntry vma, Program program) throws StasisException, IOException {
    boolean filled = isFilled(vma);
    Intervals missing = inheritance.kept.gaps(vma.getStart(), vma.getEnd());
    for (int i = 0; i < missing.count(); i++) {
      map(vma, missing.start(i), missing.end(i), filled, program);
    }
    if (filled && !isWritable(vma)) { // the parent may have had no pages for it
      Intervals kept = missing.gaps(vma.getStart(), vma.getEnd());
      for (int i = 0; i < kept.count(); i++) {
        protect(kept.start(i), kept.end(i), vma.getProt() | MmapFlags.PROT_WRITE, program);
      }
    }
  }

  private static boolean isWritable(VmaEntry vma) {
    return (vma.getProt() & MmapFlags.PROT_WRITE) != 0;
  }

  /**
   * Whether pages are written into it. Nothing else is made writable for a while: what once was,
   * counts as memory that is promised (Documentation/mm/overcommit-accounting.rst), and nobody
   * promises terabytes that were only reserved.
   */
  private boolean isFilled(VmaEntry vma) throws IOException {
    return takesPages(vma) && pages.content(task).where().meets(vma.getStart(), vma.getEnd());
  }

  /** Whether it is, at least in part, as the parent had it, who may have made it writable. */
  private boolean isInherited(VmaEntry vma) {
    return takesPages(vma) && inheritance.kept.meets(vma.getStart(), vma.getEnd());
  }

  private static void protect(long start, long end, int protection, Program program) {
    program.why("protecting " + Long.toHexString(start));
    program.call(SyscallNumber.MPROTECT, start, end - start, protection);
  }

  private void map(VmaEntry vma, long start, long end, boolean filled, Program program)
      throws StasisException {
    int status = vma.getStatus();
    program.why("mapping " + Long.toHexString(start) + "-" + Long.toHexString(end));
    int flags =
        vma.getFlags()
                & (MmapFlags.MAP_SHARED
                    | MmapFlags.MAP_PRIVATE
                    | MmapFlags.MAP_DROPPABLE
                    | MmapFlags.MAP_GROWSDOWN
                    | MmapFlags.MAP_NORESERVE
                    | MmapFlags.MAP_HUGETLB
                    | MmapFlags.MAP_HUGE_MASK)
            | MmapFlags.MAP_FIXED;
    Argument fd = Argument.of(-1);
    if ((status & (VmaStatus.FILE_PRIVATE | VmaStatus.FILE_SHARED | VmaStatus.MEMFD)) != 0) {
      fd = context.descriptor(task, Math.toIntExact(vma.getShmid()));
      flags &= ~(MmapFlags.MAP_HUGETLB | MmapFlags.MAP_HUGE_MASK);
    } else if ((status & VmaStatus.ANON_PRIVATE) != 0) {
      flags |= MmapFlags.MAP_ANONYMOUS;
    } else {
      throw new StasisException(
          context.describe(task),
          program.why().doing(),
          "mappings of status 0x" + Integer.toHexString(status) + " are not carried yet",
          0,
          "",
          null);
    }
    program.call(
        Expect.equal(start),
        SyscallNumber.MMAP,
        Argument.of(start),
        Argument.of(end - start),
        Argument.of(filled ? vma.getProt() | MmapFlags.PROT_WRITE : vma.getProt()),
        Argument.of(flags & 0xffffffffL),
        fd,
        Argument.of(vma.getPgoff() + start - vma.getStart()));
  }

  /** Whether pages are written into a mapping through its addresses. */
  static boolean takesPages(VmaEntry vma) {
    return (vma.getStatus() & (VmaStatus.ANON_PRIVATE | VmaStatus.FILE_PRIVATE)) != 0
        && (vma.getFlags() & MmapFlags.MAP_DROPPABLE) == 0;
  }

  /**
   * Plans what comes after the pages: protection, advice, names, guards, locks.
   *
   * @throws IOException when the images are damaged
   */
  public void planAfterPages() throws IOException {
    NavigableSet<Long> guards = new TreeSet<>();
    for (VmaEntry vma : mm.getVmasList()) {
      if (isKernels(vma)) {
        continue;
      }
      long start = vma.getStart();
      long length = vma.getEnd() - start;
      if (Guards.isOne(vma)) {
        guards.add(start);
        program.why("installing the guard at " + Long.toHexString(start));
        program.call(SyscallNumber.MADVISE, start, length, MmapFlags.MADV_GUARD_INSTALL);
        continue;
      }
      if (!isWritable(vma) && (isFilled(vma) || isInherited(vma))) {
        protect(start, vma.getEnd(), vma.getProt(), program);
      }
      planAdvice(vma, start, length);
      planName(vma, start, length);
    }
    for (VmaEntry vma : mm.getVmasList()) { // no guard can be installed in what is locked
      Long guard = guards.ceiling(vma.getStart());
      MemoryLocks.plan(vma, guard != null && guard < vma.getEnd(), program);
    }
    MemoryLocks.planFuture(mm, program);
  }

  private void planName(VmaEntry vma, long start, long length) {
    if (!vma.hasName()) {
      return;
    }
    program.why("naming " + Long.toHexString(start));
    // EINVAL: a kernel without names, for which they have no meaning
    program.call(
        Expect.successOr(EINVAL),
        SyscallNumber.PRCTL,
        Argument.of(PR_SET_VMA),
        Argument.of(PR_SET_VMA_ANON_NAME),
        Argument.of(start),
        Argument.of(length),
        context.plan().bytesWithNul(vma.getName().toByteArray()));
  }

  private void planAdvice(VmaEntry vma, long start, long length) {
    long advice = vma.getMadv();
    if (advice == 0) {
      return;
    }
    program.why("advising on " + Long.toHexString(start));
    for (int bit = 0; bit < Long.SIZE; bit++) {
      if ((advice & 1L << bit) != 0) {
        // EINVAL: a kernel without KSM or huge pages, where the advice has no effect either
        program.call(
            Expect.successOr(EINVAL),
            SyscallNumber.MADVISE,
            Argument.of(start),
            Argument.of(length),
            Argument.of(bit));
      }
    }
  }

  /**
   * Plans what the kernel knows of the address space as a whole: code, data, heap, stack,
   * arguments, environment, auxiliary vector, executable ({@code struct prctl_mm_map}).
   */
  public void planMm() {
    int words = mm.getMmSavedAuxvCount();
    long[] auxv = new long[words];
    for (int i = 0; i < words; i++) {
      auxv[i] = mm.getMmSavedAuxv(i);
    }
    List<Long> fields = new ArrayList<>();
    fields.add(mm.getMmStartCode());
    fields.add(mm.getMmEndCode());
    fields.add(mm.getMmStartData());
    fields.add(mm.getMmEndData());
    fields.add(mm.getMmStartBrk());
    fields.add(mm.getMmBrk());
    fields.add(mm.getMmStartStack());
    fields.add(mm.getMmArgStart());
    fields.add(mm.getMmArgEnd());
    fields.add(mm.getMmEnvStart());
    fields.add(mm.getMmEnvEnd());
    fields.add(0L); // address of the auxiliary vector, filled in when it runs
    fields.add(0L); // its size and the executable's descriptor, likewise
    long[] map = new long[fields.size()];
    for (int i = 0; i < map.length; i++) {
      map[i] = fields.get(i);
    }
    Argument data = context.plan().longs(map);
    long offset = data.value();
    program.why("setting up the address space", "PR_SET_MM_MAP needs CAP_CHECKPOINT_RESTORE.");
    program.add(
        org.stasis.linux.agent.Verb.STORE64,
        Expect.ANY,
        Argument.channel(offset + 88),
        context.plan().longs(auxv));
    program.add(
        org.stasis.linux.agent.Verb.STORE32,
        Expect.ANY,
        Argument.channel(offset + 96),
        Argument.of(words * 8L));
    program.add(
        org.stasis.linux.agent.Verb.STORE32,
        Expect.ANY,
        Argument.channel(offset + 100),
        context.descriptor(task, mm.getExeFileId()));
    program.call(
        SyscallNumber.PRCTL,
        Argument.of(PR_SET_MM),
        Argument.of(PR_SET_MM_MAP),
        data,
        Argument.of(map.length * 8L),
        Argument.ZERO);
    MemoryRules.plan(mm, program);
  }
}

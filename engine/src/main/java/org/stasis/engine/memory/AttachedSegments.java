package org.stasis.engine.memory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.images.ImageKind;
import org.stasis.images.proto.IpcShmEntry;
import org.stasis.images.proto.TaskKobjIdsEntry;
import org.stasis.images.proto.VmaEntry;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Program;
import org.stasis.linux.proc.MapEntry;

/**
 * Attached System V shared memory, both directions; the segments themselves belong to their IPC
 * namespace. What one shmat(2) attached may have been cut into several mappings since, by
 * mprotect(2) and munmap(2): it is attached as a whole and cut again, so that one shmdt(2) detaches
 * all of it.
 */
final class AttachedSegments {
  private static final long PAGE = 4096;
  private static final int SHM_RDONLY = 0x1000;
  private static final int SHM_EXEC = 0x8000;
  private static final int O_RDWR = 2;

  private final RebuildContext context;
  private final int task;
  private final Program program;

  AttachedSegments(RebuildContext context, int task, Program program) {
    this.context = context;
    this.task = task;
    this.program = program;
  }

  /** Whether a mapped file stands for a segment: {@code /SYSV} and the key in hexadecimal. */
  static boolean isSegment(MapEntry map) {
    return map.path().startsWith("/SYSV") && map.path().length() >= "/SYSV".length() + 8;
  }

  /** Describes a mapping of a segment; the kernel gives the segment's id as the file's inode. */
  static void capture(MapEntry map, boolean writable, VmaEntry.Builder vma) {
    vma.setShmid(map.inode())
        .setPgoff(map.offset())
        .setFdflags(writable ? O_RDWR : 0)
        .setFlags(vma.getFlags() | MmapFlags.MAP_ANONYMOUS)
        .setStatus(VmaStatus.REGULAR | VmaStatus.ANON_SHARED | VmaStatus.SYSVIPC);
  }

  static boolean isOne(VmaEntry vma) {
    return (vma.getStatus() & VmaStatus.SYSVIPC) != 0;
  }

  /** One call of shmat(2). */
  private record Attachment(long segment, long address) {}

  /** Plans all of a task, in a still empty address space. */
  void plan(List<VmaEntry> vmas) throws StasisException {
    Map<Attachment, List<VmaEntry>> attachments = new LinkedHashMap<>();
    for (VmaEntry vma : vmas) {
      if (isOne(vma)) {
        attachments
            .computeIfAbsent(
                new Attachment(vma.getShmid(), vma.getStart() - vma.getPgoff()),
                _ -> new ArrayList<>())
            .add(vma);
      }
    }
    if (attachments.isEmpty()) {
      return;
    }
    Map<Long, Long> sizes = sizes();
    for (Map.Entry<Attachment, List<VmaEntry>> each : attachments.entrySet()) {
      plan(each.getKey(), each.getValue(), sizes);
    }
  }

  private void plan(Attachment attachment, List<VmaEntry> parts, Map<Long, Long> sizes) {
    program.why(
        "attaching shared memory segment "
            + attachment.segment()
            + " at "
            + Long.toHexString(attachment.address()));
    int protection = MmapFlags.PROT_READ;
    int flags = SHM_RDONLY;
    for (VmaEntry part : parts) {
      if (part.getFdflags() == O_RDWR || (part.getProt() & MmapFlags.PROT_WRITE) != 0) {
        protection |= MmapFlags.PROT_WRITE;
        flags &= ~SHM_RDONLY;
      }
      if ((part.getProt() & MmapFlags.PROT_EXEC) != 0) {
        protection |= MmapFlags.PROT_EXEC;
        flags |= SHM_EXEC;
      }
    }
    program.call(
        Expect.equal(attachment.address()),
        SyscallNumber.SHMAT,
        Argument.of(attachment.segment()),
        Argument.of(attachment.address()),
        Argument.of(flags));
    long at = attachment.address();
    for (VmaEntry part : parts) {
      unmap(at, part.getStart());
      if (part.getProt() != protection) {
        program.call(
            SyscallNumber.MPROTECT,
            part.getStart(),
            part.getEnd() - part.getStart(),
            part.getProt());
      }
      at = part.getEnd();
    }
    long size = sizes.getOrDefault(attachment.segment(), 0L);
    unmap(at, attachment.address() + (size + PAGE - 1 & -PAGE));
  }

  private void unmap(long from, long to) {
    if (from < to) {
      program.call(SyscallNumber.MUNMAP, from, to - from);
    }
  }

  /** Sizes of the segments in the task's IPC namespace, as far as images tell them. */
  private Map<Long, Long> sizes() throws StasisException {
    Map<Long, Long> sizes = new HashMap<>();
    try {
      TaskKobjIdsEntry ids = context.images().find(ImageKind.IDS, task, TaskKobjIdsEntry.parser());
      if (ids != null && ids.hasIpcNsId()) {
        for (IpcShmEntry segment :
            context.images().all(ImageKind.IPCNS_SHM, ids.getIpcNsId(), IpcShmEntry.parser())) {
          sizes.put((long) segment.getDesc().getId(), segment.getSize());
        }
      }
    } catch (IOException e) {
      throw new StasisException(
          context.describe(task), "reading segments", e.getMessage(), 0, "", e);
    }
    return sizes;
  }
}

package org.stasis.engine.rebuild;

import java.util.HashMap;
import java.util.Map;
import org.stasis.engine.memory.VmaStatus;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.MemfdFileEntry;
import org.stasis.images.proto.MmEntry;
import org.stasis.images.proto.RegFileEntry;
import org.stasis.images.proto.VmaEntry;
import org.stasis.linux.Open;

/**
 * Files that are mapped for writing. CRIU says in each mapping how its file was opened, {@code
 * vma_entry.fdflags}, and names one that may be open for reading alone: a file without flags for
 * what only mappings refer to; for a memfd any of those that descriptors refer to.
 */
final class MappedFiles {
  private final Map<Integer, FileEntry> files;
  private final Map<Integer, Integer> twins = new HashMap<>();
  private int last;

  MappedFiles(Map<Integer, FileEntry> files) {
    this.files = files;
    for (int id : files.keySet()) {
      last = Math.max(last, id);
    }
  }

  /** Has them opened for writing. */
  void openForWriting(Map<Integer, TaskImages> tasks) {
    tasks.replaceAll((_, task) -> task.isZombie() ? task : task.with(openFor(task.mappings())));
  }

  private MmEntry openFor(MmEntry mm) {
    MmEntry.Builder changed = null;
    for (int i = 0; i < mm.getVmasCount(); i++) {
      VmaEntry vma = mm.getVmas(i);
      if ((vma.getStatus() & VmaStatus.FILE_SHARED) == 0 || accessOf(vma.getFdflags()) == 0) {
        continue;
      }
      int wanted = forWriting((int) vma.getShmid());
      if (wanted != vma.getShmid()) {
        changed = changed == null ? mm.toBuilder() : changed;
        changed.setVmas(i, vma.toBuilder().setShmid(wanted));
      }
    }
    return changed == null ? mm : changed.build();
  }

  /** The file itself, now open for writing, or another one of the same memfd that is. */
  private int forWriting(int id) {
    FileEntry file = files.get(id);
    if (file != null && file.hasReg() && accessOf(file.getReg().getFlags()) == 0) {
      RegFileEntry reg = file.getReg();
      reg = reg.toBuilder().setFlags(reg.getFlags() | Open.O_RDWR).build();
      files.put(id, file.toBuilder().setReg(reg).build());
    }
    if (file != null && file.hasMemfd() && accessOf(file.getMemfd().getFlags()) == 0) {
      return twins.computeIfAbsent(id, _ -> addTwin(file));
    }
    return id;
  }

  private int addTwin(FileEntry file) {
    int id = ++last;
    MemfdFileEntry memfd =
        file.getMemfd().toBuilder().setId(id).setFlags(Open.O_RDWR).setPos(0).build();
    files.put(id, file.toBuilder().setId(id).setMemfd(memfd).build());
    return id;
  }

  private static int accessOf(int flags) {
    return flags & Open.O_ACCMODE;
  }
}

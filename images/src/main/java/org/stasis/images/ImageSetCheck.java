package org.stasis.images;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.stasis.images.proto.CoreEntry;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FdinfoEntry;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.FsEntry;
import org.stasis.images.proto.MmEntry;
import org.stasis.images.proto.PstreeEntry;
import org.stasis.images.proto.SeccompEntry;
import org.stasis.images.proto.SeccompMode;
import org.stasis.images.proto.TaskKobjIdsEntry;

/**
 * Whether the images of a set belong together: that for every task there is what a restore can't do
 * without, and that what they refer to by id is there. All that is missing is reported, not only
 * the first.
 */
public final class ImageSetCheck {
  /** {@code task_state} of a zombie. */
  private static final int TASK_DEAD = 2;

  private final ImageSet set;
  private final int pageBytes;
  private final List<ImageException> problems = new ArrayList<>();
  private final Set<Integer> regularFiles = new HashSet<>();
  private final Set<Long> files = new HashSet<>(); // type in the upper half, id in the lower
  private int filters;

  private ImageSetCheck(ImageSet set, int pageBytes) {
    this.set = set;
    this.pageBytes = pageBytes;
  }

  /**
   * @param pageBytes size of a page where the dump was made
   * @return what is wrong; nothing when the set is whole
   * @throws IOException when a file can't be read, as opposed to being broken
   */
  public static List<ImageException> of(ImageSet set, int pageBytes) throws IOException {
    ImageSetCheck check = new ImageSetCheck(set, pageBytes);
    check.run();
    return check.problems;
  }

  /** A check of one file; when that is broken, the others are checked all the same. */
  private interface Step {
    void run() throws IOException;
  }

  private void attempt(Step step) throws IOException {
    try {
      step.run();
    } catch (ImageException e) {
      problems.add(e);
    }
  }

  private void problem(String file, String found, String expected) {
    problems.add(
        new ImageException(set.directory().path().resolve(file).toString(), -1, found, expected));
  }

  private void run() throws IOException {
    attempt(this::readFiles);
    attempt(
        () -> {
          SeccompEntry seccomp = set.find(ImageKind.SECCOMP, SeccompEntry.parser());
          if (seccomp != null) filters = seccomp.getSeccompFiltersCount();
        });
    attempt(this::tree);
  }

  private void readFiles() throws IOException {
    for (FileEntry file : set.all(ImageKind.FILES, FileEntry.parser())) {
      if (!files.add(key(file.getType(), file.getId()))) {
        problem(ImageKind.FILES.fileName(), "twice " + name(file.getType(), file.getId()), "once");
      }
      if (file.getType() == FdTypes.REG) regularFiles.add(file.getId());
    }
  }

  private static long key(FdTypes type, int id) {
    return (long) type.getNumber() << 32 | Integer.toUnsignedLong(id);
  }

  private static String name(FdTypes type, int id) {
    return type + " " + Integer.toUnsignedString(id);
  }

  private void tree() throws IOException {
    List<PstreeEntry> tree = set.all(ImageKind.PSTREE, PstreeEntry.parser());
    String file = ImageKind.PSTREE.fileName();
    if (tree.isEmpty()) problem(file, "no process", "one or more");
    Set<Integer> seen = new HashSet<>();
    for (PstreeEntry process : tree) {
      int pid = process.getPid();
      int parent = process.getPpid();
      boolean root = seen.isEmpty();
      if (root ? parent != 0 : !seen.contains(parent)) {
        String expected = root ? "0, for the root of the tree" : "a process before it";
        problem(file, "process " + pid + " with parent " + parent, expected);
      }
      if (!seen.add(pid)) problem(file, "twice process " + pid, "once");
      if (process.getThreadsCount() == 0 || process.getThreads(0) != pid) {
        problem(file, "process " + pid + " without its leader as the first thread", "that");
      }
      for (int tid : process.getThreadsList()) {
        attempt(() -> thread(process, tid, root));
      }
    }
  }

  private void thread(PstreeEntry process, int tid, boolean root) throws IOException {
    long id = Integer.toUnsignedLong(tid);
    String file = ImageKind.CORE.fileName(id);
    CoreEntry core = set.read(ImageKind.CORE, id, CoreEntry.parser());
    boolean leader = tid == process.getPid();
    if (leader && !core.hasTc()) problem(file, "no tc", "the state of the task");
    if (leader && core.getTc().getTaskState() == TASK_DEAD) return;
    if (!core.hasThreadCore()) problem(file, "no thread_core", "the state of the thread");
    boolean filtered = core.getThreadCore().getSeccompMode() == SeccompMode.filter;
    int filter = core.getThreadCore().getSeccompFilter();
    if (filtered && Integer.compareUnsigned(filter, filters) >= 0) {
      problem(
          file,
          "seccomp_filter " + Integer.toUnsignedString(filter),
          "one of the " + filters + " in " + ImageKind.SECCOMP.fileName());
    }
    if (leader) task(id, root);
  }

  private void task(long pid, boolean root) throws IOException {
    attempt(() -> ids(pid, root));
    attempt(() -> memory(pid));
    attempt(
        () -> {
          FsEntry fs = set.read(ImageKind.FS, pid, FsEntry.parser());
          requireRegular(ImageKind.FS.fileName(pid), "cwd_id", fs.getCwdId());
          requireRegular(ImageKind.FS.fileName(pid), "root_id", fs.getRootId());
        });
    attempt(
        () -> {
          try (PageSource pages =
              PageSource.open(set.directory(), ImageKind.PAGEMAP, pid, pageBytes)) {
            if (pages == null) {
              problem(ImageKind.PAGEMAP.fileName(pid), "no such file", "the pages of the task");
            }
          }
        });
  }

  private void ids(long pid, boolean root) throws IOException {
    TaskKobjIdsEntry ids = set.find(ImageKind.IDS, pid, TaskKobjIdsEntry.parser());
    if (ids == null) {
      if (root) problem(ImageKind.IDS.fileName(pid), "no such file", "the ids of the root task");
      return;
    }
    long table = Integer.toUnsignedLong(ids.getFilesId());
    String file = ImageKind.FDINFO.fileName(table);
    for (FdinfoEntry fd : set.all(ImageKind.FDINFO, table, FdinfoEntry.parser())) {
      if (!files.isEmpty() && !files.contains(key(fd.getType(), fd.getId()))) {
        problem(
            file,
            "fd " + fd.getFd() + " of " + name(fd.getType(), fd.getId()),
            "one of " + ImageKind.FILES.fileName());
      }
    }
  }

  private void memory(long pid) throws IOException {
    MmEntry mm = set.read(ImageKind.MM, pid, MmEntry.parser());
    requireRegular(ImageKind.MM.fileName(pid), "exe_file_id", mm.getExeFileId());
  }

  /**
   * Sets of before the merged table have these in files of their own: nothing to hold them against.
   */
  private void requireRegular(String file, String field, int id) {
    if (files.isEmpty() || regularFiles.contains(id)) return;
    problem(
        file,
        field + " " + Integer.toUnsignedString(id),
        "a file of type REG in " + ImageKind.FILES.fileName());
  }
}

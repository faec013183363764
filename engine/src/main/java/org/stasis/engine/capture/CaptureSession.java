package org.stasis.engine.capture;

import com.google.protobuf.Message;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.ToIntFunction;
import org.stasis.engine.Cancellation;
import org.stasis.engine.Installation;
import org.stasis.engine.Obstacle;
import org.stasis.engine.ObstaclesException;
import org.stasis.engine.StasisException;
import org.stasis.engine.limits.AllowedProcessors;
import org.stasis.engine.memory.PageDump;
import org.stasis.engine.options.DumpOptions;
import org.stasis.engine.seccomp.SeccompCapture;
import org.stasis.engine.sessions.SessionSurvey;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.Cgroups;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.Namespaces;
import org.stasis.engine.spi.TaskView;
import org.stasis.engine.spi.TreeKind;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSetWriter;
import org.stasis.images.ImageWriter;
import org.stasis.images.proto.CoreEntry;
import org.stasis.images.proto.FdinfoEntry;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.InventoryEntry;
import org.stasis.images.proto.TaskKobjIdsEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.Kcmp;
import org.stasis.linux.SyscallException;
import org.stasis.linux.agent.Liveness;
import org.stasis.linux.proc.ProcFs;

/**
 * A tree that stands still, on its way into its images: surveyed from outside, asked from inside,
 * then written. Obstacles are collected until everybody has been asked; if there is one, there will
 * be no image. A task's own small images are handed over as soon as it has been asked, to be
 * written aside while the next one answers.
 */
final class CaptureSession implements CaptureContext {
  private static final int IMAGE_VERSION = 2;
  private static final int LSM_NONE = 0;

  private final DumpOptions options;
  private final int callerPid;
  private final Installation installation;
  private final List<SeizedTask> tasks;
  private final List<FileKind> fileKinds;
  private final List<TreeKind> treeKinds;
  private final Cancellation cancellation;
  private final FileTable files;
  private final List<TaskCapture> captures = new ArrayList<>();
  private final SeccompCapture seccomp = new SeccompCapture();
  private final AllowedProcessors processors = new AllowedProcessors();
  private final List<Obstacle> obstacles = new ArrayList<>();
  private final EnumMap<ImageKind, List<Message>> entries = new EnumMap<>(ImageKind.class);
  private final List<WriteAction> writers = new ArrayList<>();
  private final Map<Integer, DescriptorTable> descriptors = new LinkedHashMap<>();
  private final Map<Integer, TaskKobjIdsEntry> ids = new LinkedHashMap<>();

  CaptureSession(
      DumpOptions options,
      int callerPid,
      Installation installation,
      List<SeizedTask> tasks,
      List<FileKind> fileKinds,
      List<TreeKind> treeKinds,
      Cancellation cancellation) {
    this.options = options;
    this.callerPid = callerPid;
    this.installation = installation;
    this.tasks = tasks;
    this.fileKinds = fileKinds;
    this.treeKinds = treeKinds;
    this.cancellation = cancellation;
    this.files = new FileTable(fileKinds, this, tasks);
  }

  /** Everything but pages: from outside, then from inside. Throws when there are obstacles. */
  void survey(ProcFs proc, Liveness liveness, Tracer tracer, ImageSetWriter images)
      throws StasisException, IOException {
    for (TreeKind kind : treeKinds) {
      kind.capture(this);
    }
    captureIds();
    for (SeizedTask task : tasks) {
      cancellation.check();
      TaskCapture capture = new TaskCapture(this, task);
      captures.add(capture);
      capture.survey(proc, installation.xsave(), seccomp, processors);
      if (!task.isZombie()) {
        int table = ids.get(task.pid()).getFilesId();
        if (!descriptors.containsKey(table)) {
          DescriptorTable captured = files.capture(task);
          descriptors.put(table, captured);
          capture.asks(captured);
        }
      }
    }
    for (TaskCapture capture : captures) {
      if (!capture.task().isZombie()) {
        cancellation.check();
        capture.harvest(installation.agent(), liveness, tracer);
        capture.mappings();
        if (kind(Cgroups.class).isPresent()) {
          capture.controlGroups(kind(Cgroups.class).get());
        }
      }
      if (obstacles.isEmpty()) {
        write(capture, images);
      }
    }
    for (FileKind kind : fileKinds) {
      kind.captured(this);
    }
    SessionSurvey.check(this, captures.stream().map(TaskCapture::belongs).toList());
    if (!obstacles.isEmpty()) {
      throw new ObstaclesException(obstacles);
    }
  }

  private void captureIds() throws StasisException {
    Optional<Namespaces> namespaces = kind(Namespaces.class);
    KernelObjectIds vm = new KernelObjectIds(Kcmp.Type.VM);
    KernelObjectIds table = new KernelObjectIds(Kcmp.Type.FILES);
    KernelObjectIds fs = new KernelObjectIds(Kcmp.Type.FS);
    KernelObjectIds actions = new KernelObjectIds(Kcmp.Type.SIGHAND);
    for (SeizedTask task : tasks) {
      if (task.isZombie()) {
        continue;
      }
      try {
        TaskKobjIdsEntry.Builder entry =
            TaskKobjIdsEntry.newBuilder()
                .setVmId(vm.id(task.pid()) + 1)
                .setFilesId(table.id(task.pid()) + 1)
                .setFsId(fs.id(task.pid()) + 1)
                .setSighandId(actions.id(task.pid()) + 1);
        if (namespaces.isPresent()) {
          namespaces.get().ids(task, entry);
        }
        ids.put(task.pid(), entry.build());
      } catch (SyscallException e) {
        throw new StasisException(task.describe(), "comparing what tasks share", "", e);
      }
    }
    checkShared();
  }

  private void checkShared() {
    Map<Integer, TaskView> vms = new HashMap<>();
    Map<Integer, TaskView> tables = new HashMap<>();
    Map<Integer, TaskView> directories = new HashMap<>();
    for (SeizedTask task : tasks) {
      TaskKobjIdsEntry entry = ids.get(task.pid());
      if (entry == null) {
        continue;
      }
      TaskView other = vms.putIfAbsent(entry.getVmId(), task);
      if (other != null) {
        obstacle(
            new Obstacle(
                task.describe(),
                "memory (CLONE_VM)",
                "shared with " + other.describe() + ", which would not see what it writes",
                "Dump when it has called execve(2) or has ended, as after vfork(2)."));
      }
      fromParent(tables, TaskKobjIdsEntry::getFilesId, task, "descriptors (CLONE_FILES)");
      fromParent(directories, TaskKobjIdsEntry::getFsId, task, "directories (CLONE_FS)");
    }
  }

  /** What tasks share they have from their parent, who makes them. */
  private void fromParent(
      Map<Integer, TaskView> known,
      ToIntFunction<TaskKobjIdsEntry> id,
      SeizedTask task,
      String what) {
    int own = id.applyAsInt(ids.get(task.pid()));
    TaskView other = known.putIfAbsent(own, task);
    SeizedTask parent = task.parent();
    TaskKobjIdsEntry parents = parent == null ? null : ids.get(parent.pid());
    if (other != null && (parents == null || id.applyAsInt(parents) != own)) {
      obstacle(
          new Obstacle(
              task.describe(),
              what,
              "shared with "
                  + other.describe()
                  + ", but not with the parent it would have them from",
              "Dump when one of the two has ended."));
    }
  }

  /** Writes the images that {@link #survey} has not handed over. */
  PageDump write(ImageSetWriter images) throws StasisException, IOException {
    images.writeAll(ImageKind.PSTREE, captures.stream().map(TaskCapture::pstree).toList());
    PageDump pages = new PageDump(images, cancellation);
    for (Map.Entry<Integer, DescriptorTable> table : descriptors.entrySet()) {
      List<FdinfoEntry> entries = table.getValue().image();
      images.writeAll(ImageKind.FDINFO, table.getKey(), entries);
      if (entries.isEmpty()) {
        try (ImageWriter empty = images.open(ImageKind.FDINFO, table.getKey())) {
          empty.start();
        }
      }
    }
    List<FileEntry> all = new ArrayList<>();
    for (Message more : entries.getOrDefault(ImageKind.FILES, List.of())) {
      all.add((FileEntry) more); // first: CRIU looks for a socket outside before its own sockets
    }
    files.entries().forEach(all::add);
    images.writeAll(ImageKind.FILES, all);
    images.write(ImageKind.SECCOMP, seccomp.image());
    for (Map.Entry<ImageKind, List<Message>> image : entries.entrySet()) {
      if (image.getKey() != ImageKind.FILES) {
        images.writeAll(image.getKey(), image.getValue());
      }
    }
    for (WriteAction writer : writers) {
      writer.write(images);
    }
    for (TaskCapture capture : captures) {
      if (!capture.task().isZombie()) {
        writePages(capture, pages);
      }
    }
    images.write(ImageKind.INVENTORY, inventory());
    return pages;
  }

  private void write(TaskCapture capture, ImageSetWriter images)
      throws StasisException, IOException {
    SeizedTask task = capture.task();
    List<CoreEntry> cores = capture.cores();
    images.write(ImageKind.CORE, task.nsPid(), cores.getFirst());
    if (task.isZombie()) {
      return;
    }
    for (int i = 1; i < cores.size(); i++) {
      images.write(ImageKind.CORE, task.threads().get(i).nsTid(), cores.get(i));
    }
    images.write(ImageKind.IDS, task.nsPid(), ids.get(task.pid()));
    images.write(ImageKind.MM, task.nsPid(), capture.mm());
    images.write(ImageKind.FS, task.nsPid(), capture.fs());
  }

  private static void writePages(TaskCapture capture, PageDump pages)
      throws StasisException, IOException {
    SeizedTask task = capture.task();
    try {
      pages.dump(task.nsPid(), task.memory(), capture.pages());
    } catch (SyscallException e) {
      throw new StasisException(task.describe(), "opening its memory", "", e);
    }
  }

  private InventoryEntry inventory() {
    TaskKobjIdsEntry.Builder root =
        TaskKobjIdsEntry.newBuilder().setVmId(1).setFilesId(1).setFsId(1).setSighandId(1);
    kind(Namespaces.class).ifPresent(namespaces -> namespaces.callerIds(root));
    InventoryEntry.Builder inventory =
        InventoryEntry.newBuilder()
            .setImgVersion(IMAGE_VERSION)
            .setFdinfoPerId(true)
            .setRootIds(root)
            .setNsPerId(true)
            .setLsmtype(org.stasis.images.proto.Lsmtype.forNumber(LSM_NONE));
    inventory.setRootCgSet(
        kind(Cgroups.class).map(Cgroups::callerSet).orElse(OptionalInt.empty()).orElse(1));
    if (options.tcpClose()) {
      inventory.setTcpClose(true);
    }
    for (FileKind kind : fileKinds) {
      kind.inventory(inventory);
    }
    return inventory.build();
  }

  /** Tells kinds that the tree is about to be killed. */
  void beforeKilling() throws StasisException {
    for (FileKind kind : fileKinds) {
      kind.beforeKilling();
    }
  }

  /** Tells kinds that the tree has been killed. */
  void killed() throws StasisException {
    tellAll(FileKind::killed);
  }

  /** Tells kinds that the tree is about to run on. */
  void beforeLeaving() throws StasisException {
    tellAll(FileKind::beforeLeaving);
  }

  @FunctionalInterface
  private interface News {
    void tell(FileKind kind) throws StasisException;
  }

  private void tellAll(News news) throws StasisException {
    StasisException failure = null;
    for (FileKind kind : fileKinds) {
      try {
        news.tell(kind);
      } catch (StasisException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  void close() throws SyscallException {
    files.close();
    for (TreeKind kind : treeKinds) {
      kind.release();
    }
  }

  @Override
  public DumpOptions options() {
    return options;
  }

  @Override
  public int callerPid() {
    return callerPid;
  }

  @Override
  public void obstacle(Obstacle obstacle) {
    obstacles.add(obstacle);
  }

  @Override
  public List<? extends TaskView> tasks() {
    return tasks.stream().filter(task -> !task.isZombie()).toList();
  }

  @Override
  public void entry(ImageKind kind, Message entry) {
    entries.computeIfAbsent(kind, _ -> new ArrayList<>()).add(entry);
  }

  @Override
  public void whenWriting(WriteAction action) {
    writers.add(action);
  }

  @Override
  public int fileId(TaskView task, String procPath, int flags) throws StasisException {
    return files.capture(seized(task), procPath, flags);
  }

  @Override
  public int fileId(TaskView task, Fd file) throws StasisException {
    return files.capture(seized(task), file);
  }

  @Override
  public int newFileId() {
    return files.newId();
  }

  @Override
  public OptionalInt fileId(TaskView task, int fd) {
    return files.id(seized(task), fd);
  }

  @Override
  public OptionalInt fileIdOfInode(long inode) {
    return files.idOfInode(inode);
  }

  private static SeizedTask seized(TaskView task) {
    return (SeizedTask) task;
  }

  @Override
  public <T> Optional<T> kind(Class<T> type) {
    for (TreeKind kind : treeKinds) {
      if (type.isInstance(kind)) {
        return Optional.of(type.cast(kind));
      }
    }
    for (FileKind kind : fileKinds) {
      if (type.isInstance(kind)) {
        return Optional.of(type.cast(kind));
      }
    }
    return Optional.empty();
  }
}

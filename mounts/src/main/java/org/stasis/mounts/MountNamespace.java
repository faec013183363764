package org.stasis.mounts;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.Obstacle;
import org.stasis.engine.StasisException;
import org.stasis.engine.ns.NamespaceThread;
import org.stasis.engine.ns.UserIds;
import org.stasis.engine.options.External;
import org.stasis.engine.options.NamespaceKind;
import org.stasis.engine.spi.BoxInit;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.Mounts;
import org.stasis.engine.spi.Namespaces;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.RebuiltTree;
import org.stasis.engine.spi.Stage;
import org.stasis.engine.spi.TaskView;
import org.stasis.engine.spi.TreeKind;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageSet;
import org.stasis.images.ImageSetWriter;
import org.stasis.images.proto.MntEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.PidFd;
import org.stasis.linux.SyscallException;
import org.stasis.linux.ThreadUser;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.proc.MountEntry;

/** The mounts of a tree that has a mount namespace of its own. */
public final class MountNamespace implements TreeKind, Mounts {
  private final Map<Integer, Mount> found = new HashMap<>();
  private boolean carried;
  private @Nullable MountedTerminals terminals;

  /** For the service loader. */
  public MountNamespace() {}

  @Override
  public int order() {
    return 20;
  }

  @Override
  public boolean carried() {
    return carried;
  }

  @Override
  public Optional<Mount> find(int mountId) {
    return Optional.ofNullable(found.get(mountId));
  }

  @Override
  public Optional<Argument> takeTerminal(int device, int index) {
    return terminals == null ? Optional.empty() : terminals.take(device, index);
  }

  private static Namespaces namespaces(Optional<Namespaces> kind) {
    return kind.orElseThrow(() -> new IllegalStateException("no kind carries namespaces"));
  }

  @Override
  public void capture(CaptureContext capture) throws StasisException {
    Namespaces namespaces = namespaces(capture.kind(Namespaces.class));
    if (!namespaces.own(NamespaceKind.MNT)) {
      return;
    }
    carried = true;
    TaskView root = capture.tasks().getFirst();
    MountTable mounts;
    MountTable outside;
    try {
      mounts = new MountTable(MountReader.of(root.pid(), namespaces.own(NamespaceKind.CGROUP)));
      outside = new MountTable(MountReader.of(capture.callerPid(), false));
    } catch (SyscallException e) {
      throw new StasisException(root.describe(), "reading its mounts", "", e);
    }
    MountSurvey survey =
        new MountSurvey(
            mounts,
            outside,
            capture.options(),
            capture.options().externals(),
            namespaces.userIds(),
            capture::obstacle);
    List<MntEntry> entries = survey.run();
    for (MountEntry line : mounts.lines()) {
      found.put(line.id(), mount(line, survey.external()));
    }
    checkEmpty(capture, root, mounts, survey);
    capture.whenWriting(
        images -> {
          images.writeAll(ImageKind.MNTS, namespaces.rootId(NamespaceKind.MNT), entries);
          writeContent(images, root, mounts, contentOf(mounts, survey), namespaces.userIds());
        });
  }

  private static Mount mount(MountEntry line, Set<Integer> external) {
    return new Mount(
        line.id(),
        line.parentId(),
        line.device().kernelEncoding(),
        MountTable.shown(line),
        line.mountPoint(),
        line.fsType(),
        external.contains(line.id()));
  }

  /** One mount of each file system whose content the images have to hold. */
  static List<MountEntry> contentOf(MountTable mounts, MountSurvey survey) {
    Map<Integer, MountEntry> byDevice = new HashMap<>();
    for (MountEntry line : mounts.lines()) {
      if (FilesystemType.named(line.fsType()) == FilesystemType.TMPFS
          && survey.isOwn(line)
          && line.root().equals("/")) {
        MountEntry other = byDevice.get(line.device().kernelEncoding());
        if (other == null || mounts.isHidden(other)) {
          byDevice.put(line.device().kernelEncoding(), line);
        }
      }
    }
    return new ArrayList<>(byDevice.values());
  }

  private static void checkEmpty(
      CaptureContext capture, TaskView root, MountTable mounts, MountSurvey survey)
      throws StasisException {
    for (MountEntry line : mounts.lines()) {
      FilesystemType type = FilesystemType.named(line.fsType());
      if (type == null
          || type.content() != FilesystemType.Content.MUST_BE_EMPTY
          || !survey.isOwn(line)
          || mounts.isHidden(line)) {
        continue;
      }
      try {
        if (!MountReader.isEmpty(root.pid(), line.mountPoint())) {
          capture.obstacle(
              new Obstacle(
                  "",
                  "mount " + line.mountPoint() + " (" + line.fsType() + ")",
                  "what it holds cannot be carried yet",
                  "remove it before the dump"));
        }
      } catch (SyscallException e) {
        throw new StasisException(root.describe(), "looking into " + line.mountPoint(), "", e);
      }
    }
  }

  private static void writeContent(
      ImageSetWriter images,
      TaskView root,
      MountTable mounts,
      List<MountEntry> filesystems,
      UserIds userIds)
      throws StasisException, IOException {
    if (filesystems.isEmpty()) {
      return;
    }
    List<Fd> roots;
    try {
      roots = MountReader.roots(root.pid(), mounts, filesystems);
    } catch (SyscallException e) {
      throw new StasisException(root.describe(), "opening its file systems", "", e);
    }
    try {
      for (int i = 0; i < roots.size(); i++) {
        long device = Integer.toUnsignedLong(filesystems.get(i).device().kernelEncoding());
        try (FileChannel file = images.openRaw(ImageKind.TMPFS_DEV, device)) {
          TmpfsPacker.pack(roots.get(i), Channels.newOutputStream(file), userIds);
        } catch (SyscallException e) {
          String path = filesystems.get(i).mountPoint();
          throw new StasisException(root.describe(), "packing the files of " + path, "", e);
        }
      }
    } finally {
      for (Fd each : roots) {
        each.close();
      }
    }
  }

  @Override
  public void plan(RebuildContext rebuild) throws StasisException {
    Namespaces namespaces = namespaces(rebuild.kind(Namespaces.class));
    if (!namespaces.own(NamespaceKind.MNT)) {
      return;
    }
    List<MntEntry> entries = entries(rebuild.images(), namespaces.rootId(NamespaceKind.MNT));
    if (rebuild.box().isPresent()) {
      carried = true;
      planInBox(rebuild, entries, rebuild.box().get(), namespaces.userIds());
      return;
    }
    if (namespaces.external(NamespaceKind.MNT)) {
      return;
    }
    carried = true;
    List<External> externals = rebuild.options().externals();
    List<MountNode> order = new MountForest(entries, externals, null).ordered();
    int root = rebuild.tasks().getFirst();
    terminals =
        MountedTerminals.of(order, rebuild.plan(), () -> (int) rebuild.spareDescriptor().value());
    MountPlan plan =
        new MountPlan(rebuild.plan(), order, terminals, rebuild.options().lsmMountContext());
    String rootPath = rebuild.options().root().map(Path::toString).orElse("/");
    if (namespaces.own(NamespaceKind.USER)) {
      plan.prepareFromOutside(rebuild, root, rootPath);
    } else {
      plan.prepare(rebuild.program(root, Stage.NAMESPACES), rootPath);
    }
    plan.build(rebuild.program(root, Stage.MOUNTS));
    planContent(rebuild, plan.toBeFilled(), namespaces.userIds());
    terminals.planHandover(rebuild);
  }

  private void planInBox(
      RebuildContext rebuild, List<MntEntry> entries, BoxInit init, UserIds userIds)
      throws StasisException {
    if (!init.box().anew().contains(NamespaceKind.MNT)) {
      return;
    }
    BoxMounts box;
    try {
      box = BoxMounts.of(init.pid());
    } catch (SyscallException e) {
      throw new StasisException("", "reading the mounts of the container", "", e);
    }
    List<MountNode> order = new MountForest(entries, rebuild.options().externals(), box).ordered();
    int root = rebuild.tasks().getFirst();
    terminals =
        MountedTerminals.of(order, rebuild.plan(), () -> (int) rebuild.spareDescriptor().value());
    BoxMountPlan plan =
        new BoxMountPlan(rebuild.plan(), order, terminals, rebuild.options().lsmMountContext());
    plan.prepare(rebuild.program(root, Stage.NAMESPACES));
    plan.build(rebuild.program(root, Stage.MOUNTS));
    planContent(rebuild, plan.toBeFilled(), userIds);
    Map<MountEntry, Path> filled =
        box.toBeFilled(order, node -> archive(rebuild.images(), node.entry()));
    if (!filled.isEmpty()) {
      rebuild.before(Stage.NAMESPACE_CONTENT, _ -> fillPresent(init.pid(), box, filled, userIds));
    }
  }

  private static void fillPresent(
      int pid, BoxMounts box, Map<MountEntry, Path> filled, UserIds userIds)
      throws StasisException {
    List<MountEntry> lines = new ArrayList<>(filled.keySet());
    try {
      List<Fd> roots = MountReader.roots(pid, box.inside(), lines);
      for (int i = 0; i < lines.size(); i++) {
        Path archive = filled.get(lines.get(i));
        try (Fd root = roots.get(i);
            var from = Files.newInputStream(archive)) {
          TmpfsUnpacker.unpackOver(from, root, box.mountedOn(lines.get(i)), userIds);
        } catch (IOException e) {
          throw unpacking(archive, e);
        }
      }
    } catch (SyscallException e) {
      throw new StasisException("", "opening the file systems of the container", "", e);
    }
  }

  private static List<MntEntry> entries(ImageSet images, int namespace) throws StasisException {
    try {
      return images.all(ImageKind.MNTS, namespace, MntEntry.parser());
    } catch (IOException e) {
      throw new StasisException("", "reading the mounts of the images", e.getMessage(), 0, "", e);
    }
  }

  private static void planContent(
      RebuildContext rebuild, Map<MountNode, Long> filled, UserIds userIds) {
    Map<Path, Long> archives = new HashMap<>();
    for (Map.Entry<MountNode, Long> each : filled.entrySet()) {
      MntEntry entry = each.getKey().entry();
      Path archive = archive(rebuild.images(), entry);
      if (Files.exists(archive)) {
        archives.put(archive, each.getValue());
      }
    }
    if (!archives.isEmpty()) {
      rebuild.before(Stage.NAMESPACE_CONTENT, tree -> fill(tree, archives, userIds));
    }
  }

  private static Path archive(ImageSet images, MntEntry entry) {
    long device = Integer.toUnsignedLong(entry.getRootDev());
    Path archive = images.directory().file(ImageKind.TMPFS_DEV, device);
    return Files.exists(archive)
        ? archive
        : images.directory().file(ImageKind.TMPFS_IMG, entry.getMntId()); // old images
  }

  private static void fill(RebuiltTree tree, Map<Path, Long> archives, UserIds userIds)
      throws StasisException {
    for (Map.Entry<Path, Long> each : archives.entrySet()) {
      Path archive = each.getKey();
      try (PidFd task = PidFd.open(tree.hostPid(tree.root()), 0);
          Fd root = task.getFd(tree.word(each.getValue()));
          var from = Files.newInputStream(archive)) {
        unpack(from, root, userIds);
      } catch (IOException e) {
        throw unpacking(archive, e);
      }
    }
  }

  /** In a file system of a user namespace only who is known there can make files. */
  private static void unpack(InputStream from, Fd root, UserIds ids) throws IOException {
    if (ids == UserIds.SAME) {
      TmpfsUnpacker.unpack(from, root, ids);
      return;
    }
    NamespaceThread.<Boolean, IOException>call(
        List.of(),
        () -> {
          ThreadUser.actAs(ids.userOutside(ids.firstUser()), ids.groupOutside(ids.firstGroup()));
          TmpfsUnpacker.unpack(from, root, ids);
          return true;
        });
  }

  private static StasisException unpacking(Path archive, IOException e) {
    String doing = "unpacking " + archive.getFileName();
    return e instanceof SyscallException call
        ? new StasisException("", doing, "", call)
        : new StasisException("", doing, String.valueOf(e.getMessage()), 0, "", e);
  }
}

package org.stasis.engine.fsnotify;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Descriptions;
import org.stasis.engine.files.Owner;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.Mounts;
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.images.proto.FanotifyFileEntry;
import org.stasis.images.proto.FanotifyInodeMarkEntry;
import org.stasis.images.proto.FanotifyMarkEntry;
import org.stasis.images.proto.FanotifyMountMarkEntry;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.MarkType;
import org.stasis.linux.KernelString;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Program;
import org.stasis.linux.proc.FanotifyMark;
import org.stasis.linux.proc.FanotifyMark.Target;
import org.stasis.linux.proc.MountEntry;

/**
 * Fanotify descriptors that are told of events: their marks on files and mounts. Events that were
 * not read yet are lost. One that decides about access is refused: while it stands still, or is not
 * there yet, nobody could open what it watches, the engine neither.
 */
public final class Fanotifies implements FileKind {
  private static final int FAN_NONBLOCK = 2;
  private static final int CLASSES = 0x0c; // FAN_CLASS_CONTENT, FAN_CLASS_PRE_CONTENT

  private final List<Captured> captured = new ArrayList<>();
  private final List<Planned> planned = new ArrayList<>();
  private final WatchTargets targets = new WatchTargets();
  private @Nullable RebuildContext rebuild;

  private record Captured(OpenFile file, FileCapture to) {}

  /** A descriptor and the task that makes it. */
  private record Planned(FanotifyFileEntry entry, int task) {}

  @Override
  public Set<FdTypes> types() {
    return Set.of(FdTypes.FANOTIFY);
  }

  @Override
  public boolean claims(OpenFile file) {
    return file.link().equals("anon_inode:[fanotify]");
  }

  /** What is marked may be a deleted file, and these are only known in the end. */
  @Override
  public void capture(OpenFile file, FileCapture to) throws StasisException {
    FanotifyMark.Group group = FanotifyMark.groupOf(file.info());
    if (group == null) {
      to.obstacle("the kernel does not tell how it was made", "");
      return;
    }
    if ((group.flags() & CLASSES) != 0) {
      to.obstacle(
          "it decides about the opening of files, which must not stand still",
          "close it before the dump");
      return;
    }
    captured.add(new Captured(file, to));
    to.entry(entry(file, group, List.of()));
  }

  private static FileEntry.Builder entry(
      OpenFile file, FanotifyMark.Group group, List<FanotifyMarkEntry> marks)
      throws StasisException {
    return FileEntry.newBuilder()
        .setType(FdTypes.FANOTIFY)
        .setId(file.id())
        .setFfy(
            FanotifyFileEntry.newBuilder()
                .setId(file.id())
                .setFlags(file.flags())
                .setFown(file.owner())
                .setFaflags(group.flags())
                .setEvflags(group.eventFlags())
                .addAllMark(marks));
  }

  @Override
  public void captured(CaptureContext to) throws StasisException {
    if (captured.isEmpty()) {
      return;
    }
    try (WatchFinder finder = new WatchFinder(to)) {
      for (Captured fanotify : captured) {
        capture(fanotify.file(), fanotify.to(), finder);
      }
    } catch (SyscallException e) {
      throw new StasisException("", "looking for marked files", "", e);
    }
  }

  private static void capture(OpenFile file, FileCapture to, WatchFinder finder)
      throws StasisException, SyscallException {
    UnreadEvents.warn(file);
    List<FanotifyMarkEntry> marks = new ArrayList<>();
    for (FanotifyMark mark : FanotifyMark.of(file.info())) {
      FanotifyMarkEntry.Builder entry =
          FanotifyMarkEntry.newBuilder()
              .setId(0)
              .setMflags(mark.markFlags())
              .setMask((int) mark.mask())
              .setIgnoredMask((int) mark.ignoredMask());
      boolean carried =
          switch (mark.target()) {
            case Target.Inode inode -> captureFile(inode, entry, file, to, finder);
            case Target.Mount mount -> captureMount(mount, entry, file, to, finder);
            case Target.FileSystem _ -> {
              to.obstacle("it marks a whole file system, which images have no place for", "");
              yield false;
            }
          };
      if (carried) {
        marks.add(entry.build());
      }
    }
    FanotifyMark.Group group = requireNonNull(FanotifyMark.groupOf(file.info()));
    to.entry(entry(file, group, marks));
  }

  private static boolean captureFile(
      Target.Inode inode,
      FanotifyMarkEntry.Builder entry,
      OpenFile file,
      FileCapture to,
      WatchFinder finder)
      throws StasisException, SyscallException {
    WatchFinder.Target target =
        finder.target(
            new WatchFinder.Watched(inode.device(), inode.inode(), inode.handle()),
            "which it marks",
            file,
            to);
    if (target == null) {
      return false;
    }
    entry
        .setType(MarkType.INODE)
        .setSDev(target.device())
        .setIe(
            FanotifyInodeMarkEntry.newBuilder()
                .setIIno(target.inode())
                .setFHandle(target.handle()));
    return true;
  }

  private static boolean captureMount(
      Target.Mount mark,
      FanotifyMarkEntry.Builder entry,
      OpenFile file,
      FileCapture to,
      WatchFinder finder)
      throws SyscallException {
    MountEntry mount = finder.mount(mark.mountId(), file.task());
    if (mount == null) {
      to.obstacle("it marks mount " + mark.mountId() + ", which its task does not see", "");
      return false;
    }
    int id = to.kind(Mounts.class).map(all -> all.imageId(mount.id())).orElse(Mounts.NO_MOUNT);
    entry
        .setType(MarkType.MOUNT)
        .setSDev(mount.device().kernelEncoding())
        .setMe(
            FanotifyMountMarkEntry.newBuilder()
                .setMntId(id == Mounts.NO_MOUNT ? mount.id() : id)
                .setPathBytes(ByteString.copyFrom(KernelString.encode(mount.mountPoint()))));
    return true;
  }

  @Override
  public void begin(RebuildContext context) {
    rebuild = context;
  }

  @Override
  public List<Integer> needs(FileEntry entry) throws StasisException {
    List<Integer> needed = new ArrayList<>();
    for (FanotifyMarkEntry mark : entry.getFfy().getMarkList()) {
      FanotifyInodeMarkEntry file = mark.getIe();
      if (mark.hasIe()) {
        targets
            .need(mark.getSDev(), file.getIIno(), file.getFHandle(), requireNonNull(rebuild))
            .ifPresent(needed::add);
      }
    }
    return needed;
  }

  @Override
  public void plan(Collection<FileEntry> cluster, FilePlanner planner) {
    for (FileEntry entry : cluster) {
      FanotifyFileEntry fanotify = entry.getFfy();
      Program program = planner.program();
      program.why("making " + name(fanotify, planner), "It takes CAP_SYS_ADMIN.");
      int set = (fanotify.getFaflags() & FAN_NONBLOCK) != 0 ? Open.O_NONBLOCK : 0;
      Argument fd =
          program.call(
              SyscallNumber.FANOTIFY_INIT,
              Argument.of(fanotify.getFaflags()),
              Argument.of(fanotify.getEvflags()));
      Descriptions.setFlags(program, fd, fanotify.getFlags(), set);
      planner.opened(fanotify.getId(), fd);
      Owner.plan(planner, fanotify.getId(), fanotify.getFown(), fanotify.getFlags());
      planned.add(new Planned(fanotify, planner.task()));
    }
  }

  private static String name(FanotifyFileEntry fanotify, RebuildContext planner) {
    return Descriptions.name(planner, fanotify.getId(), "a fanotify descriptor");
  }

  @Override
  public void planInPlace(RebuildContext planner) throws StasisException {
    for (Planned fanotify : planned) {
      MarkPlan plan =
          new MarkPlan(
              fanotify.task(),
              planner.descriptor(fanotify.task(), fanotify.entry().getId()),
              name(fanotify.entry(), planner),
              planner);
      for (FanotifyMarkEntry mark : fanotify.entry().getMarkList()) {
        plan.plan(mark, targets);
      }
    }
  }
}

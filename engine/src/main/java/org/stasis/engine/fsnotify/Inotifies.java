package org.stasis.engine.fsnotify;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
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
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.Stage;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.InotifyFileEntry;
import org.stasis.images.proto.InotifyWdEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.Fcntl;
import org.stasis.linux.IoctlNumber;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Program;
import org.stasis.linux.proc.InotifyWatch;

/**
 * Inotify descriptors. Watches come back under their numbers, once all files of the tree have been
 * opened. Events that were not read yet are lost: the kernel takes none back.
 */
public final class Inotifies implements FileKind {

  /** {@code INOTIFY_IOC_SETNEXTWD}: which number the next watch gets. */
  private static final long SET_NEXT_NUMBER = IoctlNumber.write('I', 0, Integer.BYTES);

  /** Events, {@code IN_EXCL_UNLINK} and {@code IN_ONESHOT}. */
  private static final int MASK = 0x84000fff;

  /** More than the restore causes. */
  private static final int QUEUE_BYTES = 64 << 10;

  private static final int IN_DONT_FOLLOW = 0x02000000;

  private final List<Captured> captured = new ArrayList<>();

  private final List<Planned> planned = new ArrayList<>();
  private final WatchTargets targets = new WatchTargets();
  private @Nullable RebuildContext rebuild;

  private record Captured(OpenFile file, FileCapture to) {}

  /** A descriptor and the task that makes it. */
  private record Planned(InotifyFileEntry entry, int task) {}

  @Override
  public Set<FdTypes> types() {
    return Set.of(FdTypes.INOTIFY);
  }

  @Override
  public boolean claims(OpenFile file) {
    return file.link().equals("anon_inode:inotify");
  }

  /** What is watched may be a deleted file, and these are only known in the end. */
  @Override
  public void capture(OpenFile file, FileCapture to) throws StasisException {
    captured.add(new Captured(file, to));
    to.entry(entry(file, List.of()));
  }

  private static FileEntry.Builder entry(OpenFile file, List<InotifyWdEntry> watches)
      throws StasisException {
    return FileEntry.newBuilder()
        .setType(FdTypes.INOTIFY)
        .setId(file.id())
        .setIfy(
            InotifyFileEntry.newBuilder()
                .setId(file.id())
                .setFlags(file.flags())
                .setFown(file.owner())
                .addAllWd(watches));
  }

  @Override
  public void captured(CaptureContext to) throws StasisException {
    if (captured.isEmpty()) {
      return;
    }
    try (WatchFinder finder = new WatchFinder(to)) {
      for (Captured inotify : captured) {
        capture(inotify.file(), inotify.to(), finder);
      }
    } catch (SyscallException e) {
      throw new StasisException("", "looking for watched files", "", e);
    }
  }

  private static void capture(OpenFile file, FileCapture to, WatchFinder finder)
      throws StasisException, SyscallException {
    UnreadEvents.warn(file);
    List<InotifyWdEntry> watches = new ArrayList<>();
    for (InotifyWatch watch : InotifyWatch.of(file.info())) {
      WatchFinder.Target target =
          finder.target(
              new WatchFinder.Watched(watch.device(), watch.inode(), watch.handle()),
              "which it watches as " + watch.wd(),
              file,
              to);
      if (target != null) {
        watches.add(
            InotifyWdEntry.newBuilder()
                .setId(0)
                .setIIno(target.inode())
                .setMask(watch.mask())
                .setIgnoredMask(0)
                .setSDev(target.device())
                .setWd(watch.wd())
                .setFHandle(target.handle())
                .build());
      }
    }
    watches.sort(Comparator.comparingInt(InotifyWdEntry::getWd));
    to.entry(entry(file, watches));
  }

  @Override
  public void begin(RebuildContext context) {
    rebuild = context;
  }

  @Override
  public List<Integer> needs(FileEntry entry) throws StasisException {
    List<Integer> needed = new ArrayList<>();
    for (InotifyWdEntry watch : entry.getIfy().getWdList()) {
      targets
          .need(watch.getSDev(), watch.getIIno(), watch.getFHandle(), requireNonNull(rebuild))
          .ifPresent(needed::add);
    }
    return needed;
  }

  @Override
  public void plan(Collection<FileEntry> cluster, FilePlanner planner) throws StasisException {
    for (FileEntry entry : cluster) {
      plan(entry.getIfy(), planner);
    }
  }

  private void plan(InotifyFileEntry inotify, FilePlanner planner) throws StasisException {
    Program program = planner.program();
    String name = name(inotify, planner);
    program.why("making " + name);
    Argument fd = program.call(SyscallNumber.INOTIFY_INIT1, Argument.of(Open.O_NONBLOCK));
    planner.opened(inotify.getId(), fd);
    Owner.plan(planner, inotify.getId(), inotify.getFown(), inotify.getFlags());
    planned.add(new Planned(inotify, planner.task()));
  }

  private static String name(InotifyFileEntry inotify, RebuildContext planner) {
    return Descriptions.name(planner, inotify.getId(), "an inotify descriptor");
  }

  @Override
  public void planInPlace(RebuildContext planner) throws StasisException {
    for (Planned inotify : planned) {
      List<InotifyWdEntry> watches = new ArrayList<>(inotify.entry().getWdList());
      watches.sort(Comparator.comparingInt(InotifyWdEntry::getWd));
      for (InotifyWdEntry watch : watches) {
        planWatch(watch, inotify, planner);
      }
      planReading(inotify, planner);
    }
  }

  /** Not before all files are open: opening them would show as events. */
  private void planWatch(InotifyWdEntry watch, Planned inotify, RebuildContext planner)
      throws StasisException {
    int task = inotify.task();
    Program program = planner.program(task, Stage.FILES_CONNECT);
    String name = name(inotify.entry(), planner);
    WatchTargets.Place place =
        targets.place(watch.getSDev(), watch.getIIno(), watch.getFHandle(), task, name, planner);
    int mask = watch.getMask() & MASK;
    if (!place.follow()) {
      mask |= IN_DONT_FOLLOW; // it has no links left in it, unless the watch is on one
    }
    program.why(
        "watching " + place.describe() + " with " + name, "It must be there as at the dump.");
    Argument fd = planner.descriptor(task, inotify.entry().getId());
    program.call(SyscallNumber.IOCTL, fd, Argument.of(SET_NEXT_NUMBER), Argument.of(watch.getWd()));
    program.call(
        Expect.equal(watch.getWd()),
        SyscallNumber.INOTIFY_ADD_WATCH,
        fd,
        planner.plan().bytesWithNul(place.path().toByteArray()),
        Argument.of(Integer.toUnsignedLong(mask)));
  }

  /** Events of the restore itself, such as names that go again, are for nobody. */
  private static void planReading(Planned inotify, RebuildContext planner) {
    Program program = planner.program(inotify.task(), Stage.FILTERS);
    program.why("emptying the queue of " + name(inotify.entry(), planner));
    Argument fd = planner.descriptor(inotify.task(), inotify.entry().getId());
    int flags = inotify.entry().getFlags();
    if ((flags & Open.O_ASYNC) != 0) { // was asked for by now, and with that the flags were set
      program.call(
          SyscallNumber.FCNTL, fd, Argument.of(Fcntl.F_SETFL), Argument.of(Open.O_NONBLOCK));
    }
    program.call(
        Expect.successOr(Errno.EAGAIN.number()),
        SyscallNumber.READ,
        fd,
        Argument.channel(planner.plan().reserve(QUEUE_BYTES)),
        Argument.of(QUEUE_BYTES));
    program.call(
        SyscallNumber.FCNTL,
        fd,
        Argument.of(Fcntl.F_SETFL),
        Argument.of(flags & (Open.O_NONBLOCK | Open.O_ASYNC)));
  }
}

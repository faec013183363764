package org.stasis.engine.inotify;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Descriptions;
import org.stasis.engine.files.Owner;
import org.stasis.engine.regular.RegularFiles;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.Stage;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FhEntry;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.InotifyFileEntry;
import org.stasis.images.proto.InotifyWdEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.Fcntl;
import org.stasis.linux.FileHandle;
import org.stasis.linux.IoctlNumber;
import org.stasis.linux.KernelString;
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
  private static final Logger LOG = LoggerFactory.getLogger(Inotifies.class);
  private static final int HANDLE_WORDS = 16;
  private static final int FIONREAD = 0x541B;

  /** {@code INOTIFY_IOC_SETNEXTWD}: which number the next watch gets. */
  private static final long SET_NEXT_NUMBER = IoctlNumber.write('I', 0, Integer.BYTES);

  /** Events, {@code IN_EXCL_UNLINK} and {@code IN_ONESHOT}. */
  private static final int MASK = 0x84000fff;

  /** More than the restore causes. */
  private static final int QUEUE_BYTES = 64 << 10;

  private static final int IN_DONT_FOLLOW = 0x02000000;

  private final List<Captured> captured = new ArrayList<>();

  private final List<Planned> planned = new ArrayList<>();
  private final Map<Inode, Integer> deleted = new HashMap<>();
  private @Nullable RebuildContext rebuild;

  private record Captured(OpenFile file, FileCapture to) {}

  /** A descriptor and the task that makes it. */
  private record Planned(InotifyFileEntry entry, int task) {}

  /** A file as it was known at the dump. */
  private record Inode(int device, long number) {}

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
    int unread = file.duplicate().ioctlInt(FIONREAD, "FIONREAD");
    if (unread > 0) {
      LOG.warn("{}: {} bytes of events are lost", file.describe(), unread);
    }
    List<InotifyWdEntry> watches = new ArrayList<>();
    for (InotifyWatch watch : InotifyWatch.of(file.info())) {
      InotifyWdEntry.Builder entry =
          InotifyWdEntry.newBuilder()
              .setId(0)
              .setIIno(watch.inode())
              .setMask(watch.mask())
              .setIgnoredMask(0)
              .setSDev(watch.device().kernelEncoding())
              .setWd(watch.wd());
      FhEntry.Builder handle = handle(watch.handle());
      OpenFile deleted = deleted(watch, to);
      if (deleted != null) { // no path: it is known by what its ghost says it was
        entry.setIIno(deleted.stat().inode()).setSDev(deleted.stat().device().kernelEncoding());
      } else {
        WatchFinder.Location found = finder.find(watch, file.task());
        if (found == null) {
          refuse(watch, to);
          continue;
        }
        handle
            .setPathBytes(ByteString.copyFrom(KernelString.encode(found.path())))
            .setMntId(found.mountId());
      }
      watches.add(entry.setFHandle(handle).build());
    }
    watches.sort(Comparator.comparingInt(InotifyWdEntry::getWd));
    to.entry(entry(file, watches));
  }

  private static @Nullable OpenFile deleted(InotifyWatch watch, CaptureContext to)
      throws StasisException {
    RegularFiles files = to.kind(RegularFiles.class).orElse(null);
    return files == null
        ? null
        : files.deleted(watch.device(), watch.inode(), watch.handle()).orElse(null);
  }

  private static void refuse(InotifyWatch watch, FileCapture to) {
    to.obstacle(
        "no path was found to inode "
            + watch.inode()
            + " of device "
            + watch.device().major()
            + ":"
            + watch.device().minor()
            + ", which it watches as "
            + watch.wd(),
        "use --irmap-scan-path with a directory that it is in or below; if it was deleted and only"
            + " processes outside of the tree have it open, end them");
  }

  private static FhEntry.Builder handle(@Nullable FileHandle handle) {
    FhEntry.Builder entry = FhEntry.newBuilder().setBytes(0).setType(0);
    byte[] bytes = handle == null ? new byte[0] : handle.handle();
    if (handle != null) {
      entry.setBytes(bytes.length).setType(handle.type());
    }
    for (int word = 0; word < HANDLE_WORDS; word++) {
      long value = 0;
      for (int i = 0; i < Long.BYTES && word * Long.BYTES + i < bytes.length; i++) {
        value |= (bytes[word * Long.BYTES + i] & 0xffL) << 8 * i;
      }
      entry.addHandle(value);
    }
    return entry;
  }

  @Override
  public void begin(RebuildContext context) {
    rebuild = context;
  }

  @Override
  public List<Integer> needs(FileEntry entry) throws StasisException {
    RegularFiles files = rebuild == null ? null : rebuild.kind(RegularFiles.class).orElse(null);
    List<Integer> needed = new ArrayList<>();
    for (InotifyWdEntry watch : entry.getIfy().getWdList()) {
      if (files != null && rebuild != null && !watch.getFHandle().hasPath()) {
        OptionalInt file = files.ghost(watch.getSDev(), watch.getIIno(), rebuild);
        if (file.isPresent()) {
          needed.add(file.getAsInt());
          deleted.put(new Inode(watch.getSDev(), watch.getIIno()), file.getAsInt());
        }
      }
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
    Argument path;
    int mask = watch.getMask() & MASK;
    String what;
    Integer file = deleted.get(new Inode(watch.getSDev(), watch.getIIno()));
    if (watch.getFHandle().hasPath()) {
      byte[] bytes = watch.getFHandle().getPathBytes().toByteArray();
      what = KernelString.decode(bytes);
      path = planner.plan().bytesWithNul(bytes);
      mask |= IN_DONT_FOLLOW; // it has no links left in it, unless the watch is on one
    } else if (file != null) {
      what = "deleted file " + file;
      path = planner.plan().text("/proc/self/fd/" + planner.descriptor(task, file).value());
    } else {
      throw new StasisException(
          planner.describe(task),
          "restoring watch " + watch.getWd() + " of " + name,
          "the images have no path to what it watches",
          0,
          "Dump with --force-irmap.",
          null);
    }
    program.why("watching " + what + " with " + name, "It must be there as at the dump.");
    Argument fd = planner.descriptor(task, inotify.entry().getId());
    program.call(SyscallNumber.IOCTL, fd, Argument.of(SET_NEXT_NUMBER), Argument.of(watch.getWd()));
    program.call(
        Expect.equal(watch.getWd()),
        SyscallNumber.INOTIFY_ADD_WATCH,
        fd,
        path,
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

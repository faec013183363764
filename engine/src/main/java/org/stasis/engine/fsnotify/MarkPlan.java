package org.stasis.engine.fsnotify;

import com.google.protobuf.ByteString;
import java.io.IOException;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.NamespaceKind;
import org.stasis.engine.spi.Namespaces;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.Stage;
import org.stasis.images.ImageKind;
import org.stasis.images.proto.FanotifyMarkEntry;
import org.stasis.images.proto.FanotifyMountMarkEntry;
import org.stasis.images.proto.MarkType;
import org.stasis.images.proto.MntEntry;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Program;

/**
 * Plans the marks of a fanotify descriptor. They are set late, or the restore itself would show as
 * events; what leads to the marked files is opened early, before root directories change.
 */
final class MarkPlan {
  private static final int FAN_MARK_ADD = 0x01;
  private static final int FAN_MARK_DONT_FOLLOW = 0x04;
  private static final int FAN_MARK_MOUNT = 0x10;
  private static final int FAN_MARK_IGNORED_MASK = 0x20;
  private static final int FAN_MARK_IGNORED_SURV_MODIFY = 0x40;
  private static final int FAN_MARK_EVICTABLE = 0x200;
  private static final int FAN_MARK_IGNORE = 0x400;

  private final int task;
  private final Argument fd;
  private final String name;
  private final RebuildContext context;

  MarkPlan(int task, Argument fd, String name, RebuildContext context) {
    this.task = task;
    this.fd = fd;
    this.name = name;
    this.context = context;
  }

  /** Appends one. */
  void plan(FanotifyMarkEntry mark, WatchTargets targets) throws StasisException {
    WatchTargets.Place place =
        mark.getType() == MarkType.MOUNT
            ? mount(mark.getMe())
            : targets.place(
                mark.getSDev(),
                mark.getIe().getIIno(),
                mark.getIe().getFHandle(),
                task,
                name,
                context);
    int slash = place.path().size() - 1;
    while (slash > 0 && place.path().byteAt(slash) != '/') {
      slash--;
    }
    ByteString directory = place.path().substring(0, Math.max(slash, 1));
    ByteString last = place.path().substring(slash + 1);
    Argument at = planDirectory(directory, place);
    Argument path =
        last.isEmpty() ? context.plan().text(".") : context.plan().bytesWithNul(last.toByteArray());
    int flags =
        FAN_MARK_ADD
            | (place.follow() ? 0 : FAN_MARK_DONT_FOLLOW)
            | (mark.getType() == MarkType.MOUNT ? FAN_MARK_MOUNT : 0);
    Program program = context.program(task, Stage.FILTERS);
    program.why("marking " + place.describe() + " with " + name);
    int set = mark.getMflags();
    if (mark.getMask() != 0) {
      planMark(program, flags | set & FAN_MARK_EVICTABLE, mark.getMask(), at, path);
    }
    if (mark.getIgnoredMask() != 0) {
      int ignore = (set & FAN_MARK_IGNORE) != 0 ? FAN_MARK_IGNORE : FAN_MARK_IGNORED_MASK;
      int kept = set & (FAN_MARK_EVICTABLE | FAN_MARK_IGNORED_SURV_MODIFY);
      planMark(program, flags | ignore | kept, mark.getIgnoredMask(), at, path);
    }
  }

  private void planMark(Program program, int flags, int mask, Argument at, Argument path) {
    program.call(
        SyscallNumber.FANOTIFY_MARK,
        fd,
        Argument.of(flags),
        Argument.of(Integer.toUnsignedLong(mask)),
        at,
        path);
  }

  private Argument planDirectory(ByteString directory, WatchTargets.Place place) {
    Program program = context.program(task, Stage.FILES_CONNECT);
    program.why(
        "looking for " + place.describe() + " to mark it with " + name,
        "It must be there as at the dump.");
    Argument spare = context.spareDescriptor();
    Argument open =
        program.call(
            SyscallNumber.OPENAT,
            Argument.of(Open.AT_FDCWD),
            context.plan().bytesWithNul(directory.toByteArray()),
            Argument.of(Open.O_PATH | Open.O_DIRECTORY | Open.O_CLOEXEC));
    program.call(SyscallNumber.DUP3, open, spare, Argument.of(Open.O_CLOEXEC));
    program.call(SyscallNumber.CLOSE, open);
    return spare;
  }

  /** CRIU writes no path where the images have the mounts themselves. */
  private WatchTargets.Place mount(FanotifyMountMarkEntry mount) throws StasisException {
    if (mount.hasPath()) {
      return place(mount.getPathBytes());
    }
    int namespace =
        context.kind(Namespaces.class).map(all -> all.rootId(NamespaceKind.MNT)).orElse(0);
    try {
      for (MntEntry entry : context.images().all(ImageKind.MNTS, namespace, MntEntry.parser())) {
        if (entry.getMntId() == mount.getMntId()) {
          return place(entry.getMountpointBytes());
        }
      }
    } catch (IOException e) {
      throw new StasisException("", "reading the mounts of the tree", e.getMessage(), 0, "", e);
    }
    throw new StasisException(
        context.describe(task),
        "restoring " + name,
        "the images have no mount " + mount.getMntId() + ", which it marks",
        0,
        "",
        null);
  }

  private static WatchTargets.Place place(ByteString path) {
    return new WatchTargets.Place(path, false, "the mount on " + path.toStringUtf8());
  }
}

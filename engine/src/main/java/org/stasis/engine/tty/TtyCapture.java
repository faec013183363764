package org.stasis.engine.tty;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.ns.UserIds;
import org.stasis.engine.options.External;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.TaskView;
import org.stasis.images.ImageKind;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.TtyFileEntry;
import org.stasis.images.proto.TtyInfoEntry;
import org.stasis.images.proto.TtyPtyEntry;
import org.stasis.images.proto.TtyType;
import org.stasis.linux.Device;
import org.stasis.linux.Fd;
import org.stasis.linux.Poll;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;
import org.stasis.linux.Terminal;
import org.stasis.linux.Termios;

/** Describes terminals: each end once, and each description of it. */
final class TtyCapture {
  private final Map<Integer, Seen> ends = new LinkedHashMap<>();
  private final Map<Device, Integer> externals = new LinkedHashMap<>();
  private boolean naming;

  /** One end of a terminal, and the first file that showed it. */
  private record Seen(OpenFile file, FileCapture to, TtyInfoEntry.Builder info) {
    boolean isHungUp() {
      return !info.hasTermios();
    }
  }

  /** Whether a terminal is just being looked at as a file with a path. */
  boolean isNaming() {
    return naming;
  }

  void capture(OpenFile file, FileCapture to) throws StasisException {
    if (file.number() < 0) {
      to.obstacle(
          "a terminal on its way through a socket is not carried", "receive it before the dump");
      return;
    }
    try {
      boolean external = isExternal(file, to);
      int id = external ? external(file, to) : number(file);
      if (id < 0) {
        return;
      }
      Seen known = ends.get(id);
      if (known == null) {
        TtyType type = external ? TtyType.EXT_TTY : TtyNumbers.type(file.stat().represents());
        ends.put(id, new Seen(file, to, describe(id, type, file)));
      } else if (!known.file().stat().device().equals(file.stat().device())
          && known.info().getType() == TtyType.PTY
          && !TtyNumbers.isMaster(id)) {
        to.obstacle(
            "another devpts has a terminal of the same number, " + known.file().describe(),
            "use one devpts alone");
        return;
      }
      TtyFileEntry.Builder entry =
          TtyFileEntry.newBuilder()
              .setId(file.id())
              .setTtyInfoId(id)
              .setFlags(file.flags())
              .setFown(file.owner());
      if (!external) {
        entry.setRegfId(name(file, to));
      }
      to.entry(FileEntry.newBuilder().setType(FdTypes.TTY).setId(file.id()).setTty(entry));
    } catch (SyscallException e) {
      throw new StasisException(file.task().describe(), "asking about " + file.describe(), "", e);
    }
  }

  private static boolean isExternal(OpenFile file, CaptureContext context) {
    for (External external : context.options().externals()) {
      if (external instanceof External.Tty(long rdev, long dev)
          && rdev == file.stat().represents().userEncoding()
          && dev == file.stat().device().userEncoding()) {
        return true;
      }
    }
    return false;
  }

  private int external(OpenFile file, FileCapture to) {
    Device device = file.stat().represents();
    Integer known = externals.get(device);
    if (known == null) {
      int index = TtyNumbers.external(externals.size());
      if (index < 0) {
        to.obstacle("too many external terminals", "");
        return -1;
      }
      known = TtyNumbers.info(index, false);
      externals.put(device, known);
    }
    return known;
  }

  private static int number(OpenFile file) throws StasisException, SyscallException {
    Device device = file.stat().represents();
    if (TtyNumbers.isMaster(device)) {
      return TtyNumbers.info(Terminal.number(file.duplicate()), true);
    }
    int index =
        TtyNumbers.isSlave(device)
            ? TtyNumbers.slaveIndex(device)
            : TtyNumbers.index(TtyNumbers.type(device));
    return TtyNumbers.info(index, false);
  }

  /** The file is looked at once more, as one with a path. */
  private int name(OpenFile file, FileCapture to) throws StasisException {
    naming = true;
    try {
      return to.fileId(file.task(), "fd/" + file.number(), file.flags());
    } finally {
      naming = false;
    }
  }

  private static TtyInfoEntry.Builder describe(int id, TtyType type, OpenFile file)
      throws StasisException, SyscallException {
    Stat stat = file.stat();
    UserIds ids = UserIds.of(file.task());
    boolean master = type == TtyType.PTY && TtyNumbers.isMaster(id);
    Fd fd = file.duplicate();
    TtyInfoEntry.Builder info =
        TtyInfoEntry.newBuilder()
            .setId(id)
            .setType(type)
            .setLocked(master && Terminal.is(fd, Terminal.TIOCGPTLCK, "TIOCGPTLCK"))
            .setPacketMode(master && Terminal.is(fd, Terminal.TIOCGPKT, "TIOCGPKT"))
            .setExclusive(false)
            .setSid(0)
            .setPgrp(0)
            .setRdev((int) stat.represents().userEncoding())
            .setDev((int) stat.device().userEncoding())
            .setUid(ids.user(stat.uid()))
            .setGid(ids.group(stat.gid()));
    if (type == TtyType.PTY) {
      info.setPty(TtyPtyEntry.newBuilder().setIndex(TtyNumbers.index(id)));
    }
    Termios settings = Terminal.settings(fd);
    Termios locked = settings == null ? null : Terminal.lockedSettings(fd);
    if (settings != null && locked != null) {
      info.setTermios(TtySettings.entry(settings))
          .setTermiosLocked(TtySettings.entry(locked))
          .setWinsize(TtySettings.entry(Terminal.windowSize(fd)))
          .setExclusive(Terminal.is(fd, Terminal.TIOCGEXCL, "TIOCGEXCL"));
    }
    if (master && (Poll.await(fd, 0, 0) & Poll.POLLHUP) != 0) {
      info.setSlaveClosed(true);
    }
    return info;
  }

  void captured(CaptureContext to) throws StasisException {
    if (ends.isEmpty()) {
      return;
    }
    TtySessions sessions = TtySessions.of(to.tasks());
    List<TtyQueues.Pair> pairs = new ArrayList<>();
    for (Map.Entry<Integer, Seen> end : ends.entrySet()) {
      Seen seen = end.getValue();
      TtySessions.Session session = session(end.getKey(), seen, sessions);
      seen.info().setSid(session.sid()).setPgrp(session.foreground());
      if (isSlave(end.getKey(), seen) && !seen.isHungUp()) {
        Seen master = ends.get(TtyNumbers.masterOf(end.getKey()));
        if (master != null) {
          pairs.add(new TtyQueues.Pair(end.getKey(), master.file(), seen.file()));
        } else {
          checkOrphan(seen, to);
        }
      }
      to.entry(ImageKind.TTY_INFO, seen.info().build());
    }
    if (!pairs.isEmpty()) {
      to.whenWriting(images -> TtyQueues.write(pairs, images));
    }
  }

  private static boolean isSlave(int id, Seen seen) {
    return seen.info().getType() == TtyType.PTY && !TtyNumbers.isMaster(id);
  }

  private static TtySessions.Session session(int id, Seen seen, TtySessions sessions) {
    if (seen.info().getType() == TtyType.CTTY) {
      TtySessions.@Nullable Session own = sessions.of(seen.file().task());
      return own == null ? TtySessions.Session.NONE : own;
    }
    if (TtyNumbers.isMaster(seen.file().stat().represents())) {
      return sessions.of(new Device(TtyNumbers.SLAVE_MAJOR, TtyNumbers.index(id)));
    }
    return sessions.of(seen.file().stat().represents());
  }

  /** A terminal whose master is outside: somebody must take the new one, or give theirs. */
  private static void checkOrphan(Seen slave, CaptureContext context) {
    boolean led = false;
    for (TaskView task : context.tasks()) {
      led |= task.nsPid() == slave.info().getSid();
    }
    if (context.options().orphanPtsMaster() || (context.options().shellJob() && !led)) {
      return;
    }
    slave
        .to()
        .obstacle(
            "the other end of this terminal is outside of the tree",
            "use "
                + (led ? "" : "--shell-job, ")
                + "--orphan-pts-master, or --external tty["
                + Integer.toHexString(slave.info().getRdev())
                + ":"
                + Integer.toHexString(slave.info().getDev())
                + "]");
  }
}

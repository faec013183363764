package org.stasis.engine.epoll;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Descriptions;
import org.stasis.engine.files.Owner;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.RebuildContext.Holder;
import org.stasis.engine.spi.Stage;
import org.stasis.images.proto.EventpollFileEntry;
import org.stasis.images.proto.EventpollTfdEntry;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;

/**
 * Epoll sets. A target is a file and the number it was added under; the kernel drops it when the
 * file is closed everywhere, not when the number is. Usually the number still means the file, and
 * the target is added once descriptors are in place. Else the file gets that number for a moment,
 * right where the set is made.
 */
public final class Epolls implements FileKind {
  private static final int EPOLL_CTL_ADD = 1;

  private final List<Captured> captured = new ArrayList<>();
  private final List<EventpollFileEntry> planned = new ArrayList<>();

  private record Captured(OpenFile file, FileCapture to) {}

  @Override
  public Set<FdTypes> types() {
    return Set.of(FdTypes.EVENTPOLL);
  }

  @Override
  public boolean claims(OpenFile file) {
    return file.link().equals("anon_inode:[eventpoll]");
  }

  /** What is watched can only be said when all files are known. */
  @Override
  public void capture(OpenFile file, FileCapture to) throws StasisException {
    captured.add(new Captured(file, to));
    to.entry(entry(file, List.of()));
  }

  private static FileEntry.Builder entry(OpenFile file, List<EventpollTfdEntry> targets)
      throws StasisException {
    return FileEntry.newBuilder()
        .setType(FdTypes.EVENTPOLL)
        .setId(file.id())
        .setEpfd(
            EventpollFileEntry.newBuilder()
                .setId(file.id())
                .setFlags(file.flags())
                .setFown(file.owner())
                .addAllTfd(targets));
  }

  @Override
  public void captured(CaptureContext to) throws StasisException {
    if (captured.isEmpty()) {
      return;
    }
    TargetFinder finder = new TargetFinder(to);
    for (Captured epoll : captured) {
      epoll.to().entry(entry(epoll.file(), finder.targets(epoll.file(), epoll.to())));
    }
  }

  @Override
  public List<Integer> needs(FileEntry entry) {
    List<Integer> files = new ArrayList<>();
    for (EventpollTfdEntry target : entry.getEpfd().getTfdList()) {
      if (target.hasFileId()) {
        files.add(target.getFileId());
      }
    }
    return files;
  }

  @Override
  public void plan(Collection<FileEntry> cluster, FilePlanner planner) {
    for (FileEntry entry : cluster) {
      plan(entry.getEpfd(), planner);
    }
  }

  private void plan(EventpollFileEntry epoll, FilePlanner planner) {
    planned.add(epoll);
    Program program = planner.program();
    program.why("making " + Descriptions.name(planner, epoll.getId(), "an epoll set"));
    Argument fd = program.call(SyscallNumber.EPOLL_CREATE1, Argument.ZERO);
    Descriptions.setFlags(program, fd, epoll.getFlags(), 0);
    planner.opened(epoll.getId(), fd);
    Owner.plan(planner, epoll.getId(), epoll.getFown(), epoll.getFlags());
    for (EventpollTfdEntry target : epoll.getTfdList()) {
      if (target.hasFileId()) {
        planClosed(epoll, target, planner);
      }
    }
  }

  private static void planClosed(
      EventpollFileEntry epoll, EventpollTfdEntry target, FilePlanner planner) {
    Program program = planner.program();
    int number = target.hasNumber() ? target.getNumber() : target.getTfd();
    program.why(
        "watching file "
            + target.getFileId()
            + " as fd "
            + number
            + " with "
            + Descriptions.name(planner, epoll.getId(), "an epoll set"));
    Argument set = planner.descriptor(planner.task(), epoll.getId());
    Argument file = planner.descriptor(planner.task(), target.getFileId());
    Argument wanted = Argument.of(number);
    if (file.equals(wanted)) {
      add(program, set, number, target, planner.plan());
      return;
    }
    // the number may be one that is in use until descriptors are in place
    Argument saved = program.call(Expect.ANY, SyscallNumber.DUP, wanted);
    program.call(SyscallNumber.DUP3, file, wanted, Argument.ZERO);
    Argument through = set.equals(wanted) ? saved : set;
    add(program, through, number, target, planner.plan());
    program.call(SyscallNumber.CLOSE, wanted);
    program.call(Expect.ANY, SyscallNumber.DUP3, saved, wanted, Argument.of(Open.O_CLOEXEC));
    program.call(Expect.ANY, SyscallNumber.CLOSE, saved);
  }

  private static void add(
      Program program, Argument epoll, int number, EventpollTfdEntry target, Plan plan) {
    long data = target.getData();
    program.call(
        SyscallNumber.EPOLL_CTL,
        epoll,
        Argument.of(EPOLL_CTL_ADD),
        Argument.of(number),
        plan.ints(target.getEvents(), (int) data, (int) (data >>> 32))); // packed on x86-64
  }

  @Override
  public void planInPlace(RebuildContext planner) throws StasisException {
    for (EventpollFileEntry epoll : planned) {
      planInPlace(epoll, planner);
    }
  }

  /** The numbers are those of the task in which the set was found, the first to hold it. */
  private static void planInPlace(EventpollFileEntry epoll, RebuildContext planner)
      throws StasisException {
    List<Holder> holders = planner.holders(epoll.getId());
    for (EventpollTfdEntry target : epoll.getTfdList()) {
      if (target.hasFileId()) {
        continue;
      }
      if (holders.isEmpty()) {
        throw new StasisException(
            "",
            "restoring an epoll set",
            "no task holds it, so fd " + target.getTfd() + " means nothing",
            0,
            "",
            null);
      }
      Holder holder = holders.getFirst();
      Program program = planner.program(holder.task(), Stage.IN_PLACE);
      program.why("watching fd " + target.getTfd() + " with the epoll set fd " + holder.number());
      add(program, Argument.of(holder.number()), target.getTfd(), target, planner.plan());
    }
  }
}

package org.stasis.engine.epoll;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.TaskView;
import org.stasis.images.proto.EventpollTfdEntry;
import org.stasis.linux.Kcmp;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.EpollTarget;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

/**
 * Finds out which file each target of an epoll set is. The kernel tells number and inode; whether
 * the number still means the file it tells on request (kcmp(2)). Asking takes time that grows with
 * the set, so sockets, which have an inode each, are told by that alone.
 */
final class TargetFinder {
  private final CaptureContext context;

  TargetFinder(CaptureContext context) {
    this.context = context;
  }

  /**
   * Describes all targets of a set.
   *
   * @param epoll the set
   * @param to takes obstacles
   * @return entries, in the kernel's order
   * @throws StasisException when the kernel cannot be asked
   */
  List<EventpollTfdEntry> targets(OpenFile epoll, FileCapture to) throws StasisException {
    List<EpollTarget> targets = EpollTarget.of(epoll.info());
    List<EventpollTfdEntry> entries = new ArrayList<>(targets.size());
    Map<Integer, Integer> indexes = new HashMap<>();
    try {
      for (EpollTarget target : targets) {
        int index = indexes.merge(target.fd(), 1, Integer::sum) - 1;
        EventpollTfdEntry entry = describe(new Search(epoll, target, index));
        if (entry == null) {
          to.obstacle(
              "it watches a file, added as fd "
                  + target.fd()
                  + ", that no task of the tree has open any more",
              "");
        } else {
          entries.add(entry);
        }
      }
      return entries;
    } catch (SyscallException e) {
      throw new StasisException(
          epoll.task().describe(), "asking what " + epoll.describe() + " watches", "", e);
    }
  }

  /** A target, and which of several with the same number it is. */
  private record Search(OpenFile epoll, EpollTarget target, int index) {
    boolean isMeantBy(TaskView task, int fd) throws SyscallException {
      return Kcmp.compareEpollTarget(
              task.pid(), fd, epoll.task().pid(), epoll.number(), target.fd(), index)
          == 0;
    }
  }

  private @Nullable EventpollTfdEntry describe(Search search) throws SyscallException {
    EpollTarget target = search.target();
    EventpollTfdEntry.Builder entry =
        EventpollTfdEntry.newBuilder()
            .setId(0)
            .setTfd(target.fd())
            .setEvents(target.events())
            .setData(target.data())
            .setDev(target.device().kernelEncoding())
            .setInode(target.inode())
            .setPos(target.pos());
    TaskView task = search.epoll().task();
    if (stillMeant(search, task)) {
      return entry.build();
    }
    Found own = find(search, task);
    if (own != null) {
      return entry.setTfd(own.fd()).setNumber(target.fd()).setFileId(own.id()).build();
    }
    for (TaskView other : context.tasks()) {
      Found found = other.pid() == task.pid() ? null : find(search, other);
      if (found != null) {
        return entry.setFileId(found.id()).build();
      }
    }
    return null;
  }

  private boolean stillMeant(Search search, TaskView task) throws SyscallException {
    int fd = search.target().fd();
    if (context.fileId(task, fd).isEmpty()) {
      return false;
    }
    Stat stat = stat(task, fd);
    return isSame(stat, search.target())
        && (stat.type() == Stat.S_IFSOCK || search.isMeantBy(task, fd));
  }

  private record Found(int fd, int id) {}

  private @Nullable Found find(Search search, TaskView task) throws SyscallException {
    try (ProcFs proc = ProcFs.open();
        ProcTask own = proc.task(task.pid())) {
      for (int fd : own.fds()) {
        OptionalInt id = context.fileId(task, fd);
        if (id.isPresent()
            && isSame(stat(task, fd), search.target())
            && search.isMeantBy(task, fd)) {
          return new Found(fd, id.getAsInt());
        }
      }
    }
    return null;
  }

  private static Stat stat(TaskView task, int fd) throws SyscallException {
    return Stat.of(null, "/proc/" + task.pid() + "/fd/" + fd);
  }

  private static boolean isSame(Stat stat, EpollTarget target) {
    return stat.inode() == target.inode() && stat.device().equals(target.device());
  }
}

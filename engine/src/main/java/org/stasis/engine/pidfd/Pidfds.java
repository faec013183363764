package org.stasis.engine.pidfd;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Descriptions;
import org.stasis.engine.files.Owner;
import org.stasis.engine.regular.DeadProcess;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.RebuildContext.Holder;
import org.stasis.engine.spi.Stage;
import org.stasis.engine.spi.TaskView;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.PidfdEntry;
import org.stasis.linux.Errno;
import org.stasis.linux.Fcntl;
import org.stasis.linux.Open;
import org.stasis.linux.PidFd;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Program;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

/**
 * Pidfds. They can only be opened once their process exists, so each task that holds one opens it
 * for itself: what tasks share of a description is of no consequence here. Pidfds of a process that
 * has ended are made with another one, which ends at once.
 */
public final class Pidfds implements FileKind {
  private static final int ENDED = -1;

  @Override
  public Set<FdTypes> types() {
    return Set.of(FdTypes.PIDFD);
  }

  @Override
  public boolean claims(OpenFile file) {
    return file.link().equals("anon_inode:[pidfd]") && (file.flags() & Open.O_PATH) == 0;
  }

  @Override
  public void capture(OpenFile file, FileCapture to) throws StasisException {
    Integer pid = file.info().pid();
    String pids = file.info().value("NSpid");
    if (pid == null || pids == null) {
      to.obstacle("the kernel does not tell its process", "");
      return;
    }
    int target = ENDED;
    if (pid != ENDED) {
      try {
        if (!isInTree(pid, to)) {
          to.obstacle("it stands for a process outside of the tree", "close it before the dump");
          return;
        }
      } catch (SyscallException e) {
        throw new StasisException(
            file.task().describe(), "looking for the process of " + file.describe(), "", e);
      }
      target =
          Integer.parseInt(
              pids.substring(Math.max(pids.lastIndexOf('\t'), pids.lastIndexOf(' ')) + 1));
    }
    to.entry(
        FileEntry.newBuilder()
            .setType(FdTypes.PIDFD)
            .setId(file.id())
            .setPidfd(
                PidfdEntry.newBuilder()
                    .setId(file.id())
                    .setIno((int) file.stat().inode())
                    .setFlags(file.flags() & ~Open.O_RDWR)
                    .setNspid(target)
                    .setFown(file.owner())));
  }

  /**
   * Processes of the tree, their threads, and their children that have ended and are not reaped.
   */
  private static boolean isInTree(int pid, FileCapture context) throws SyscallException {
    int process;
    int parent;
    try (ProcFs proc = ProcFs.open();
        ProcTask target = proc.task(pid)) {
      process = target.status().tgid();
      parent = target.status().ppid();
    } catch (SyscallException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ESRCH)) {
        return false;
      }
      throw e;
    }
    for (TaskView task : context.tasks()) {
      if (task.pid() == process || task.pid() == parent) {
        return true;
      }
    }
    return false;
  }

  @Override
  public List<String> clusters(FileEntry entry) {
    PidfdEntry pidfd = entry.getPidfd();
    return pidfd.getNspid() == ENDED
        ? List.of("ended process " + Integer.toUnsignedString(pidfd.getIno()))
        : List.of();
  }

  @Override
  public void plan(Collection<FileEntry> cluster, FilePlanner planner) {
    PidfdEntry first = cluster.iterator().next().getPidfd();
    if (first.getNspid() == ENDED) {
      planEnded(cluster, planner);
    } else {
      for (FileEntry entry : cluster) {
        planLiving(entry.getPidfd(), planner);
      }
    }
  }

  private static String name(PidfdEntry pidfd, FilePlanner planner) {
    String process = pidfd.getNspid() == ENDED ? "a process that ended" : "" + pidfd.getNspid();
    return Descriptions.name(planner, pidfd.getId(), "the pidfd of " + process);
  }

  private static void planEnded(Collection<FileEntry> cluster, FilePlanner planner) {
    Program program = planner.program();
    program.why("making " + name(cluster.iterator().next().getPidfd(), planner));
    DeadProcess process = DeadProcess.planBirth(0, planner);
    for (FileEntry entry : cluster) {
      PidfdEntry pidfd = entry.getPidfd();
      Argument fd =
          program.call(SyscallNumber.PIDFD_OPEN, process.pid(), Argument.of(flags(pidfd)));
      planner.opened(pidfd.getId(), fd);
      Owner.plan(planner, pidfd.getId(), pidfd.getFown(), pidfd.getFlags());
    }
    program.call(SyscallNumber.CLOSE, process.pidfd());
    process.planEnd();
  }

  private static int flags(PidfdEntry pidfd) {
    return pidfd.getFlags() & (PidFd.PIDFD_NONBLOCK | PidFd.PIDFD_THREAD);
  }

  private static void planLiving(PidfdEntry pidfd, FilePlanner planner) {
    boolean thread = (pidfd.getFlags() & PidFd.PIDFD_THREAD) != 0;
    boolean late = thread && !planner.tasks().contains(pidfd.getNspid());
    Set<Integer> tasks = new LinkedHashSet<>(List.of(planner.task()));
    for (Holder holder : planner.holders(pidfd.getId())) {
      tasks.add(holder.task());
    }
    for (int task : tasks) {
      // threads are made late: until then the task's own pidfd keeps the place
      Program program = planner.program(task, Stage.FILES_CONNECT);
      program.why("opening " + name(pidfd, planner));
      Argument fd =
          program.call(
              SyscallNumber.PIDFD_OPEN,
              Argument.of(late ? task : pidfd.getNspid()),
              Argument.of(late ? 0 : flags(pidfd)));
      program.call(
          SyscallNumber.DUP3,
          fd,
          planner.descriptor(task, pidfd.getId()),
          Argument.of(Open.O_CLOEXEC));
      program.call(SyscallNumber.CLOSE, fd);
    }
    if (late) {
      planThread(pidfd, planner);
    }
    Owner.plan(planner, pidfd.getId(), pidfd.getFown(), pidfd.getFlags());
  }

  private static void planThread(PidfdEntry pidfd, FilePlanner planner) {
    for (Holder holder : planner.holders(pidfd.getId())) {
      Program program = planner.program(holder.task(), Stage.RELEASE);
      program.why("opening " + name(pidfd, planner));
      Argument number = Argument.of(holder.number());
      Argument fd =
          program.call(
              SyscallNumber.PIDFD_OPEN, Argument.of(pidfd.getNspid()), Argument.of(flags(pidfd)));
      Argument closing = program.call(SyscallNumber.FCNTL, number, Argument.of(Fcntl.F_GETFD));
      program.call(SyscallNumber.DUP2, fd, number);
      program.call(SyscallNumber.FCNTL, number, Argument.of(Fcntl.F_SETFD), closing);
      program.call(SyscallNumber.CLOSE, fd);
    }
  }
}

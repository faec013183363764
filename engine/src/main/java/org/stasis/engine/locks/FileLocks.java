package org.stasis.engine.locks;

import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.Obstacle;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.TaskView;
import org.stasis.images.ImageKind;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.FileLockEntry;
import org.stasis.linux.Fcntl;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Program;
import org.stasis.linux.proc.FileLock;

/**
 * Locks that tasks hold on their files, with {@code --file-locks}. It is no kind of file; the table
 * of files tells it which descriptor shows which locks.
 *
 * <p>All locks were held at the same time, so they can be taken in any order, and nobody has to
 * wait: who would have to meets somebody outside of the tree. Without the option a restore leaves
 * them out, as CRIU does.
 */
public final class FileLocks implements FileKind {
  private static final Logger LOG = LoggerFactory.getLogger(FileLocks.class);
  private static final int READ = 0;
  private static final int WRITE = 1;

  private final Set<Lock> seen = new HashSet<>();

  /**
   * What tells locks apart.
   *
   * @param owner a pid, or 0 for a lock that belongs to the open file
   */
  private record Lock(LockKind kind, int owner, int file, long start, long end) {}

  /**
   * A descriptor of a stopped task.
   *
   * @param task whose
   * @param number of the descriptor
   * @param file its id
   * @param describe for people, such as {@code "fd 7 /data/dump.rdb"}
   */
  public record Descriptor(TaskView task, int number, int file, String describe) {}

  @Override
  public Set<FdTypes> types() {
    return Set.of();
  }

  @Override
  public boolean claims(OpenFile file) {
    return false;
  }

  @Override
  public void capture(OpenFile file, FileCapture to) {
    throw new IllegalStateException("no file is a lock");
  }

  /**
   * Captures the locks that a descriptor shows.
   *
   * @param at the descriptor
   * @param locks from its fdinfo
   * @param to takes them, or obstacles
   */
  public void capture(Descriptor at, List<FileLock> locks, CaptureContext to) {
    if (!to.options().fileLocks()) {
      obstacle(at, "it holds a file lock", "use --file-locks to carry it", to);
      return;
    }
    for (FileLock lock : locks) {
      capture(at, lock, to);
    }
  }

  private void capture(Descriptor at, FileLock lock, CaptureContext to) {
    if (lock.mode().equals("BREAKING")) {
      obstacle(
          at,
          "its lease is being broken: somebody waits for the file",
          "try again when the lease has been given up",
          to);
      return;
    }
    LockKind kind = LockKind.ofWord(lock.kind());
    if (kind == null || (!lock.type().equals("READ") && !lock.type().equals("WRITE"))) {
      obstacle(
          at, "it holds a lock of an unknown kind, " + lock.kind() + " " + lock.type(), "", to);
      return;
    }
    int owner = kind == LockKind.POSIX ? at.task().pid() : 0;
    if (seen.add(new Lock(kind, owner, at.file(), lock.start(), lock.end()))) {
      boolean toTheEnd = lock.end() == FileLock.TO_THE_END;
      to.entry(
          ImageKind.FILE_LOCKS,
          FileLockEntry.newBuilder()
              .setFlag(kind.number())
              .setType(lock.type().equals("READ") ? READ : WRITE)
              .setPid(at.task().nsPid())
              .setFd(at.number())
              .setStart(kind.hasRange() ? lock.start() : 0)
              .setLen(!kind.hasRange() || toTheEnd ? 0 : lock.end() - lock.start() + 1)
              .build());
    }
  }

  private static void obstacle(Descriptor at, String reason, String remedy, CaptureContext to) {
    to.obstacle(new Obstacle(at.task().describe(), at.describe(), reason, remedy));
  }

  @Override
  public void plan(Collection<FileEntry> cluster, FilePlanner planner) {
    throw new IllegalStateException("no entry has its type");
  }

  @Override
  public void planInPlace(RebuildContext context) throws StasisException {
    List<FileLockEntry> locks;
    try {
      locks = context.images().all(ImageKind.FILE_LOCKS, FileLockEntry.parser());
    } catch (IOException e) {
      throw new StasisException("", "reading file locks", e.getMessage(), 0, "", e);
    }
    if (!locks.isEmpty() && !context.options().fileLocks()) {
      LOG.warn("{} file locks are not restored: that takes --file-locks", locks.size());
      return;
    }
    for (FileLockEntry lock : locks) {
      plan(lock, context);
    }
  }

  private static void plan(FileLockEntry lock, RebuildContext context) throws StasisException {
    LockKind kind = LockKind.ofNumber(lock.getFlag());
    if (kind == null || (lock.getType() != READ && lock.getType() != WRITE)) {
      throw damaged(lock, "of kind " + lock.getFlag() + ", type " + lock.getType(), context);
    }
    if (!context.tasks().contains(lock.getPid())) {
      throw damaged(lock, "of a task that is not among them", context);
    }
    Program program = context.program(lock.getPid(), kind.stage());
    program.why(
        "taking the lock of fd " + lock.getFd(), "If somebody else holds it, end who does.");
    Argument fd = Argument.of(lock.getFd());
    switch (kind) {
      case FLOCK ->
          program.call(
              SyscallNumber.FLOCK,
              fd,
              Argument.of(
                  (lock.getType() == READ ? Fcntl.LOCK_SH : Fcntl.LOCK_EX) | Fcntl.LOCK_NB));
      case POSIX -> planRange(lock, fd, Fcntl.F_SETLK, program, context);
      case OFD -> planRange(lock, fd, Fcntl.F_OFD_SETLK, program, context);
      case LEASE ->
          program.call(
              SyscallNumber.FCNTL, fd, Argument.of(Fcntl.F_SETLEASE), Argument.of(lock.getType()));
    }
  }

  /** With {@code struct flock}: type and whence, start, length, pid. */
  private static void planRange(
      FileLockEntry lock, Argument fd, int command, Program program, RebuildContext context) {
    program.call(
        SyscallNumber.FCNTL,
        fd,
        Argument.of(command),
        context.plan().longs(lock.getType(), lock.getStart(), lock.getLen(), 0));
  }

  private static StasisException damaged(
      FileLockEntry lock, String problem, RebuildContext context) {
    return new StasisException(
        context.describe(lock.getPid()),
        "restoring the lock of fd " + lock.getFd(),
        "the images have a lock " + problem,
        0,
        "",
        null);
  }
}

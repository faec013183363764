package org.stasis.engine.regular;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.stasis.engine.StasisException;
import org.stasis.engine.UndoStep;
import org.stasis.engine.files.MadeName;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageReader;
import org.stasis.images.proto.GhostChunkEntry;
import org.stasis.images.proto.GhostFileEntry;
import org.stasis.images.proto.Timeval;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Program;

/**
 * Plans one ghost: a file made from its image under a name of its own, which is linked to each name
 * it is to be opened by and removed in the end.
 */
final class GhostPlan {
  private static final int PERMISSIONS = 07777;
  private static final int NANOS = 1000;

  /** More is not sent at once. */
  private static final long MOST_BYTES = 1L << 30;

  private final int ghost;
  private final FilePlanner planner;
  private final Program program;
  private final GhostFileEntry entry;
  private final ByteString name;
  private final Argument path;
  private final MissingDirectories directories;

  /**
   * Reads the image.
   *
   * @param ghost its number
   * @param near a name that the file had
   * @param planner of its cluster
   * @throws StasisException when the image is missing or damaged
   */
  GhostPlan(int ghost, ByteString near, FilePlanner planner) throws StasisException {
    this.ghost = ghost;
    this.planner = planner;
    this.program = planner.program();
    this.name =
        near.concat(ByteString.copyFromUtf8(".cr." + Integer.toHexString(ghost) + ".ghost"));
    this.path = Paths.argument(name, planner.plan());
    this.directories = new MissingDirectories(planner);
    try {
      this.entry = planner.images().read(ImageKind.GHOST_FILE, ghost, GhostFileEntry.parser());
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private StasisException unreadable(IOException cause) {
    return new StasisException(
        planner.describe(planner.task()),
        "reading ghost file " + ghost,
        String.valueOf(cause.getMessage()),
        0,
        "",
        cause);
  }

  private Argument[] at(Argument... more) {
    Argument[] arguments = new Argument[more.length + 2];
    arguments[0] = Argument.of(Open.AT_FDCWD);
    arguments[1] = path;
    System.arraycopy(more, 0, arguments, 2, more.length);
    return arguments;
  }

  /** Appends the making. */
  void planMaking() throws StasisException {
    directories.planMaking(name);
    MadeName.planPassing(
        isDirectory() ? UndoStep.Kind.RMDIR : UndoStep.Kind.UNLINK, Paths.text(name), planner);
    planRemoval(); // of one that a failed restore has left
    int type = entry.getMode() & Stat.S_IFMT;
    Argument permissions = Argument.of(entry.getMode() & PERMISSIONS);
    switch (type) {
      case Stat.S_IFREG -> {
        Argument fd =
            program.call(
                SyscallNumber.OPENAT,
                at(
                    Argument.of(Open.O_RDWR | Open.O_CREAT | Open.O_EXCL | Open.O_NOFOLLOW),
                    Argument.of(0600)));
        planContent(fd);
        planAttributes(fd);
        program.call(SyscallNumber.CLOSE, fd);
        return;
      }
      case Stat.S_IFDIR -> program.call(SyscallNumber.MKDIRAT, at(permissions));
      case Stat.S_IFLNK ->
          program.call(
              SyscallNumber.SYMLINKAT,
              Paths.argument(entry.getSymlnkTargetBytes(), planner.plan()),
              Argument.of(Open.AT_FDCWD),
              path);
      default ->
          program.call(
              SyscallNumber.MKNODAT,
              at(
                  Argument.of(entry.getMode()),
                  Argument.of(Integer.toUnsignedLong(entry.getRdev()))));
    }
    program.call(
        SyscallNumber.FCHOWNAT,
        at(
            Argument.of(entry.getUid()),
            Argument.of(entry.getGid()),
            Argument.of(Open.AT_SYMLINK_NOFOLLOW)));
    if (type != Stat.S_IFLNK) {
      program.call(SyscallNumber.FCHMODAT, at(permissions));
    }
    program.call(SyscallNumber.UTIMENSAT, at(times(), Argument.of(Open.AT_SYMLINK_NOFOLLOW)));
  }

  /**
   * Appends the making without any name, for a file that never had one and may still be given one.
   *
   * @param flags open flags, with {@code O_TMPFILE}; for writing
   * @return its descriptor, somewhere in the file
   */
  Argument planMakingUnnamed(int flags) throws StasisException {
    ByteString directory = Paths.parent(name);
    directories.planMaking(name);
    Argument fd =
        program.call(
            SyscallNumber.OPENAT,
            Argument.of(Open.AT_FDCWD),
            Paths.argument(directory, planner.plan()),
            Argument.of(flags),
            Argument.of(0600));
    directories.planRemoving();
    planContent(fd);
    planAttributes(fd);
    return fd;
  }

  private void planContent(Argument fd) throws StasisException {
    Path file = planner.images().directory().file(ImageKind.GHOST_FILE, ghost);
    try (ImageReader reader = planner.images().open(ImageKind.GHOST_FILE, ghost)) {
      if (reader == null) {
        throw new IOException("no such file");
      }
      reader.next(GhostFileEntry.parser());
      Argument from = planner.provide(file, Open.O_RDONLY | Open.O_CLOEXEC);
      if (!entry.getChunks()) {
        long start = reader.offsetBytes();
        long end = Files.size(file);
        planPiece(fd, 0, from, start, end - start);
        return;
      }
      program.call(SyscallNumber.FTRUNCATE, fd, Argument.of(entry.getSize()));
      for (GhostChunkEntry chunk = reader.nextRecord(GhostChunkEntry.parser());
          chunk != null;
          chunk = reader.nextRecord(GhostChunkEntry.parser())) {
        planPiece(fd, chunk.getOff(), from, reader.offsetBytes(), chunk.getLen());
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private void planPiece(Argument to, long at, Argument from, long start, long length) {
    if (length > 0 && at != 0) {
      program.call(Expect.equal(at), SyscallNumber.LSEEK, to, Argument.of(at), Argument.ZERO);
    }
    for (long done = 0; done < length; done += MOST_BYTES) {
      long piece = Math.min(MOST_BYTES, length - done);
      program.call(
          Expect.equal(piece),
          SyscallNumber.SENDFILE,
          to,
          from,
          planner.plan().longs(start + done),
          Argument.of(piece));
    }
  }

  /** The owner first: changing it takes away set-user-id. */
  private void planAttributes(Argument fd) {
    program.call(
        SyscallNumber.FCHOWN, fd, Argument.of(entry.getUid()), Argument.of(entry.getGid()));
    program.call(SyscallNumber.FCHMOD, fd, Argument.of(entry.getMode() & PERMISSIONS));
    program.call(SyscallNumber.UTIMENSAT, fd, Argument.ZERO, times(), Argument.ZERO);
  }

  private Argument times() {
    Timeval accessed = entry.getAtim();
    Timeval modified = entry.getMtim();
    return planner
        .plan()
        .longs(
            accessed.getTvSec(),
            accessed.getTvUsec() * NANOS,
            modified.getTvSec(),
            modified.getTvUsec() * NANOS);
  }

  /**
   * Appends the opening under a name, if that is free; else under the ghost's own.
   *
   * @param wanted the name
   * @param flags open flags
   * @return the descriptor
   */
  Argument planOpening(ByteString wanted, int flags) {
    directories.planMaking(wanted);
    return new TakenName(isDirectory(), planner).planOpening(path, wanted, flags);
  }

  /** Whether it can be opened by one name only. */
  boolean isDirectory() {
    return (entry.getMode() & Stat.S_IFMT) == Stat.S_IFDIR;
  }

  /** Appends the removing of the ghost's own name and of directories made for it. */
  void planEnd() {
    planRemoval();
    directories.planRemoving();
  }

  private void planRemoval() {
    program.call(
        Expect.ANY, SyscallNumber.UNLINKAT, at(Argument.of(isDirectory() ? Open.AT_REMOVEDIR : 0)));
  }
}

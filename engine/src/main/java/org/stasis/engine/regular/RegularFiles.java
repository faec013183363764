package org.stasis.engine.regular;

import java.util.Collection;
import java.util.OptionalInt;
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
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.RegFileEntry;
import org.stasis.linux.KernelString;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;

/** Files opened by their path. */
public final class RegularFiles implements FileKind {
  private static final long NO_POSITION = -1;

  /** O_TMPFILE without the O_DIRECTORY in it. */
  private static final int TMPFILE_BIT = Open.O_TMPFILE & ~Open.O_DIRECTORY;

  /** A file opened so grows by nature. */
  private static final int APPENDING = Open.O_WRONLY | Open.O_APPEND;

  private final NameFinder names = new NameFinder();
  private final FileChecks checks = new FileChecks();

  @Override
  public Set<FdTypes> types() {
    return Set.of(FdTypes.REG);
  }

  /** What no kind before this one wanted. FIFOs and terminals are asked to give their name here. */
  @Override
  public boolean claims(OpenFile file) {
    if (!file.link().startsWith("/")) {
      return false;
    }
    boolean nameOnly = (file.flags() & Open.O_PATH) != 0;
    return switch (file.stat().type()) {
      case Stat.S_IFREG, Stat.S_IFDIR, Stat.S_IFBLK -> true;
      case Stat.S_IFCHR ->
          nameOnly
              || CharacterDevices.isStateless(file.stat().represents())
              || CharacterDevices.isTerminal(file.stat().represents());
      default -> true;
    };
  }

  @Override
  public void capture(OpenFile file, FileCapture to) throws StasisException {
    RegFileEntry.Builder entry =
        RegFileEntry.newBuilder()
            .setId(file.id())
            .setFlags(file.flags())
            .setPos(position(file))
            .setFown(file.owner())
            .setMode(file.stat().mode());
    boolean appending = (file.flags() & (Open.O_ACCMODE | Open.O_APPEND)) == APPENDING;
    if (file.stat().type() == Stat.S_IFREG && !appending) {
      entry.setSize(file.stat().size());
    }
    if (names.find(file, entry, to)) {
      to.entry(FileEntry.newBuilder().setType(FdTypes.REG).setId(file.id()).setReg(entry));
    }
  }

  private static long position(OpenFile file) {
    return (file.flags() & Open.O_PATH) != 0 ? 0 : file.info().pos();
  }

  @Override
  public void captured(CaptureContext to) throws StasisException {
    names.close();
  }

  @Override
  public void plan(Collection<FileEntry> cluster, FilePlanner planner) throws StasisException {
    for (FileEntry entry : cluster) {
      plan(entry.getReg(), planner);
    }
  }

  private void plan(RegFileEntry file, FilePlanner planner) throws StasisException {
    Argument fd = open(file, openFlags(file), planner);
    boolean nameOnly = (file.getFlags() & Open.O_PATH) != 0;
    if (!nameOnly && file.getPos() != 0 && file.getPos() != NO_POSITION) {
      planner
          .program()
          .call(
              Expect.equal(file.getPos()),
              SyscallNumber.LSEEK,
              fd,
              Argument.of(file.getPos()),
              Argument.ZERO);
    }
    planner.opened(file.getId(), fd);
    if (!nameOnly) {
      Owner.plan(planner, file.getId(), file.getFown(), file.getFlags());
    }
  }

  private static int openFlags(RegFileEntry file) {
    int flags = Owner.withoutAsync(file.getFlags()) & ~TMPFILE_BIT;
    if ((file.getFlags() & TMPFILE_BIT) != 0) {
      flags &= ~Open.O_DIRECTORY; // part of O_TMPFILE, and kept by the kernel
    }
    return flags;
  }

  /**
   * Appends the opening of a file by its name, be it a regular file or what another kind keeps the
   * name of.
   *
   * @param file as in the images
   * @param flags open flags
   * @param planner of its cluster
   * @return its descriptor
   * @throws StasisException when it cannot be restored
   */
  public Argument open(RegFileEntry file, int flags, FilePlanner planner) throws StasisException {
    String name = KernelString.decode(file.getNameBytes().toByteArray());
    OptionalInt inherited = planner.inherited(name.startsWith("/") ? name.substring(1) : name);
    if (inherited.isPresent()) {
      planner.program().why("taking over " + Descriptions.name(planner, file.getId(), name));
      return planner.program().call(SyscallNumber.DUP, inherited.getAsInt());
    }
    if (file.getExt()) {
      throw new StasisException(
          planner.describe(planner.task()),
          "opening " + Descriptions.name(planner, file.getId(), name),
          "it is left to the caller to provide",
          0,
          "Use --inherit-fd fd[N]:" + name + ".",
          null);
    }
    planner
        .program()
        .why(
            "opening " + Descriptions.name(planner, file.getId(), name),
            "The file must be there as it was at the dump.");
    Argument fd =
        planner
            .program()
            .call(
                SyscallNumber.OPENAT,
                Argument.of(Open.AT_FDCWD),
                planner.plan().bytesWithNul(file.getNameBytes().toByteArray()),
                Argument.of(flags));
    checks.plan(file, fd, planner);
    return fd;
  }

  @Override
  public void planInPlace(RebuildContext planner) {
    checks.planComparing(planner);
  }
}

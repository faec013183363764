package org.stasis.engine.regular;

import com.google.protobuf.ByteString;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Descriptions;
import org.stasis.engine.files.Owner;
import org.stasis.engine.options.FileValidation;
import org.stasis.engine.regular.Remaps.Remap;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.RebuildContext;
import org.stasis.engine.spi.RebuiltTree;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.RegFileEntry;
import org.stasis.images.proto.RemapType;
import org.stasis.linux.Device;
import org.stasis.linux.FileHandle;
import org.stasis.linux.KernelString;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;

/** Files opened by their path. */
public final class RegularFiles implements FileKind {
  /** What memfd_secret(2) makes is of a file system, but nobody else can read it. */
  private static final String SECRET = "/secretmem (deleted)";

  private static final long NO_POSITION = -1;

  /** O_TMPFILE without the O_DIRECTORY in it. */
  private static final int TMPFILE_BIT = Open.O_TMPFILE & ~Open.O_DIRECTORY;

  /** A file opened so grows by nature. */
  private static final int APPENDING = Open.O_WRONLY | Open.O_APPEND;

  private final NameFinder names = new NameFinder();
  private final FileChecks checks = new FileChecks();
  private final RestoredLinks links = new RestoredLinks();
  private @Nullable Remaps remaps;

  @Override
  public Set<FdTypes> types() {
    return Set.of(FdTypes.REG);
  }

  /** What no kind before this one wanted. FIFOs and terminals are asked to give their name here. */
  @Override
  public boolean claims(OpenFile file) {
    if (!file.link().startsWith("/") || file.link().equals(SECRET)) {
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
      boolean program = file.number() < 0 && (file.flags() & Open.O_ACCMODE) == Open.O_RDONLY;
      if (program && to.options().fileValidation() == FileValidation.BUILD_ID) {
        entry.addAllBuildId(buildId(file));
      }
    }
    if (names.find(file, entry, to)) {
      to.entry(FileEntry.newBuilder().setType(FdTypes.REG).setId(file.id()).setReg(entry));
    }
  }

  /** Of an executable or a mapped file. */
  private static List<Integer> buildId(OpenFile file) throws StasisException {
    byte[] head = new byte[BuildId.HEAD_BYTES];
    try {
      int length = file.duplicate().pread(head, 0, head.length, 0);
      ByteString id = BuildId.find(Arrays.copyOf(head, length));
      return id == null ? List.of() : BuildId.words(id);
    } catch (SyscallException e) {
      throw new StasisException(file.task().describe(), "reading " + file.describe(), "", e);
    }
  }

  private static long position(OpenFile file) {
    return (file.flags() & Open.O_PATH) != 0 ? 0 : file.info().pos();
  }

  @Override
  public void captured(CaptureContext to) throws StasisException {
    names.captured(to);
  }

  /**
   * A file of the tree that has no name left and is carried as a ghost.
   *
   * @param device where it lies
   * @param inode its inode
   * @param handle its handle; null when its file system has none
   * @return the file, or empty when no such file was captured
   * @throws StasisException when files cannot be compared
   */
  public Optional<OpenFile> deleted(Device device, long inode, @Nullable FileHandle handle)
      throws StasisException {
    return Optional.ofNullable(names.ghost(device, inode, handle));
  }

  /**
   * The file that has no name left and is made again from its ghost.
   *
   * @param device where it lay, as images encode it
   * @param inode its inode then
   * @param context the rebuild, which has begun
   * @return its file id, or empty when the images have no such ghost
   * @throws StasisException when a ghost cannot be read
   */
  public OptionalInt ghost(int device, long inode, RebuildContext context) throws StasisException {
    return remaps == null ? OptionalInt.empty() : remaps.ghost(device, inode, context.images());
  }

  @Override
  public void beforeKilling() throws StasisException {
    names.keep();
  }

  @Override
  public void beforeLeaving() throws StasisException {
    names.takeBack();
  }

  @Override
  public void begin(RebuildContext context) throws StasisException {
    remaps = Remaps.read(context);
  }

  private @Nullable Remap remap(RegFileEntry file) {
    return remaps == null ? null : remaps.find(file);
  }

  /**
   * Whether a file is opened by another name than its own, so that opening it twice gives two
   * files.
   *
   * @param file as in the images
   * @return true when it must be opened once and then anew through its descriptor
   */
  public boolean isRemapped(RegFileEntry file) {
    return remap(file) != null;
  }

  @Override
  public List<String> clusters(FileEntry entry) {
    Remap remap = remap(entry.getReg());
    return remap == null ? List.of() : List.of(remap.type() + " " + remap.target());
  }

  @Override
  public void plan(Collection<FileEntry> cluster, FilePlanner planner) throws StasisException {
    RegFileEntry first = cluster.iterator().next().getReg();
    Remap remap = remap(first);
    if (remap != null && remap.type() == RemapType.GHOST) {
      planGhost(remap.target(), cluster, planner);
      return;
    }
    for (FileEntry entry : cluster) {
      RegFileEntry file = entry.getReg();
      finish(file, open(file, openFlags(file), planner), planner);
    }
  }

  private static void finish(RegFileEntry file, Argument fd, FilePlanner planner) {
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

  private static String name(RegFileEntry file) {
    return KernelString.decode(file.getNameBytes().toByteArray());
  }

  /** All descriptions of one deleted file. */
  private void planGhost(int number, Collection<FileEntry> cluster, FilePlanner planner)
      throws StasisException {
    RegFileEntry first = cluster.iterator().next().getReg();
    GhostPlan ghost = new GhostPlan(number, first.getNameBytes(), planner);
    planner
        .program()
        .why("making the deleted file " + Descriptions.name(planner, first.getId(), name(first)));
    for (FileEntry entry : cluster) {
      if ((entry.getReg().getFlags() & TMPFILE_BIT) != 0) {
        planUnnamed(ghost, entry.getReg(), cluster, planner);
        return;
      }
    }
    ghost.planMaking();
    for (FileEntry entry : cluster) {
      RegFileEntry file = entry.getReg();
      explain(file, planner);
      boolean again = ghost.isDirectory() && file != first;
      Argument fd =
          again
              ? Descriptions.reopen(
                  planner, planner.descriptor(planner.task(), first.getId()), openFlags(file))
              : ghost.planOpening(file.getNameBytes(), openFlags(file));
      finish(file, fd, planner);
    }
    ghost.planEnd();
  }

  /** Made without a name, such a file may still be given one; so it is made so again. */
  private static void planUnnamed(
      GhostPlan ghost, RegFileEntry made, Collection<FileEntry> cluster, FilePlanner planner)
      throws StasisException {
    int flags = Owner.withoutAsync(made.getFlags()) & ~Open.O_APPEND;
    Argument fd = ghost.planMakingUnnamed(flags);
    Descriptions.setFlags(planner.program(), fd, made.getFlags(), flags);
    planner.program().call(SyscallNumber.LSEEK, fd, Argument.of(made.getPos()), Argument.ZERO);
    planner.opened(made.getId(), fd);
    Owner.plan(planner, made.getId(), made.getFown(), made.getFlags());
    for (FileEntry entry : cluster) {
      RegFileEntry file = entry.getReg();
      if (file != made) {
        explain(file, planner);
        Argument through = planner.descriptor(planner.task(), made.getId());
        finish(file, Descriptions.reopen(planner, through, openFlags(file)), planner);
      }
    }
  }

  private static void explain(RegFileEntry file, FilePlanner planner) {
    planner
        .program()
        .why(
            "opening " + Descriptions.name(planner, file.getId(), name(file)),
            "The file must be there as it was at the dump.");
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
    String name = name(file);
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
    explain(file, planner);
    Argument fd = openByName(file, flags, planner);
    checks.plan(file, fd, planner);
    return fd;
  }

  private Argument openByName(RegFileEntry file, int flags, FilePlanner planner)
      throws StasisException {
    Remap remap = remap(file);
    if (remap == null) {
      return openAsIs(file, flags, planner);
    }
    return switch (remap.type()) {
      case GHOST -> {
        GhostPlan ghost = new GhostPlan(remap.target(), file.getNameBytes(), planner);
        ghost.planMaking();
        Argument fd = ghost.planOpening(file.getNameBytes(), flags);
        ghost.planEnd();
        yield fd;
      }
      case LINKED -> openLinked(file, flags, remap.target(), planner);
      case PROCFS -> {
        DeadProcess process = DeadProcess.planBirth(remap.target(), planner);
        Argument fd = openAsIs(file, flags, planner);
        process.planEnd();
        planner.program().call(SyscallNumber.CLOSE, process.pidfd());
        yield fd;
      }
    };
  }

  private static Argument openAsIs(RegFileEntry file, int flags, FilePlanner planner) {
    return planner
        .program()
        .call(
            SyscallNumber.OPENAT,
            Argument.of(Open.AT_FDCWD),
            Paths.argument(file.getNameBytes(), planner.plan()),
            Argument.of(flags));
  }

  /** The name that was made at the dump goes once everything is done. */
  private Argument openLinked(RegFileEntry file, int flags, int link, FilePlanner planner)
      throws StasisException {
    FileEntry target = planner.file(link).orElse(null);
    if (target == null || !target.hasReg()) {
      throw new StasisException(
          planner.describe(planner.task()),
          "opening " + Descriptions.name(planner, file.getId(), name(file)),
          "the images do not say where it was linked to",
          0,
          "The images are damaged.",
          null);
    }
    MissingDirectories directories = new MissingDirectories(planner);
    directories.planMaking(file.getNameBytes());
    Argument name = Paths.argument(target.getReg().getNameBytes(), planner.plan());
    Argument fd = new TakenName(false, planner).planOpening(name, file.getNameBytes(), flags);
    directories.planRemoving();
    links.plan(name(target.getReg()), planner);
    return fd;
  }

  @Override
  public void beforeResuming(RebuiltTree tree) throws StasisException {
    links.remove();
  }

  @Override
  public void undo() throws StasisException {
    links.close();
  }

  @Override
  public void planInPlace(RebuildContext planner) {
    checks.planComparing(planner);
  }
}

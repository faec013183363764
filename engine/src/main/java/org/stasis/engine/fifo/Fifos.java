package org.stasis.engine.fifo;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Descriptions;
import org.stasis.engine.files.Owner;
import org.stasis.engine.pipe.PipeQueue;
import org.stasis.engine.pipe.PipeQueues;
import org.stasis.engine.regular.RegularFiles;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.OpenFile;
import org.stasis.images.ImageKind;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FifoEntry;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.RegFileEntry;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;

/**
 * FIFOs. An entry of its own says name and flags; the FIFO's refers to it. All descriptions of one
 * FIFO are opened together, while one more holds it open for reading and writing: opening then
 * never waits for a partner, and what was queued can be put back.
 */
public final class Fifos implements FileKind {
  private final PipeQueues queues = new PipeQueues(ImageKind.FIFO_DATA);
  private boolean naming;

  @Override
  public Set<FdTypes> types() {
    return Set.of(FdTypes.FIFO);
  }

  @Override
  public boolean claims(OpenFile file) {
    return !naming
        && file.stat().type() == Stat.S_IFIFO
        && file.link().startsWith("/")
        && (file.flags() & Open.O_PATH) == 0;
  }

  @Override
  public void capture(OpenFile file, FileCapture to) throws StasisException {
    if (file.number() < 0) {
      to.obstacle(
          "a FIFO on its way through a socket is not carried", "receive it before the dump");
      return;
    }
    int id = (int) file.stat().inode();
    queues.capture(id, file);
    to.entry(
        FileEntry.newBuilder()
            .setType(FdTypes.FIFO)
            .setId(file.id())
            .setFifo(
                FifoEntry.newBuilder()
                    .setId(file.id())
                    .setPipeId(id)
                    .setRegfId(name(file, to))
                    .setFown(file.owner())));
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

  @Override
  public void captured(CaptureContext to) {
    queues.captured(to);
  }

  @Override
  public List<String> clusters(FileEntry entry) {
    return List.of("fifo " + Integer.toUnsignedString(entry.getFifo().getPipeId()));
  }

  @Override
  public void plan(Collection<FileEntry> cluster, FilePlanner planner) throws StasisException {
    RegularFiles files = planner.kind(RegularFiles.class).orElseThrow();
    FileEntry first = cluster.iterator().next();
    int both = Open.O_RDWR | Open.O_NONBLOCK;
    Argument fd = files.open(name(first.getFifo(), planner), both, planner);
    Argument keeper = planner.spareDescriptor();
    planner.program().call(SyscallNumber.DUP3, fd, keeper, Argument.of(Open.O_CLOEXEC));
    planner.program().call(SyscallNumber.CLOSE, fd);
    PipeQueue queue = queues.find(first.getFifo().getPipeId(), planner);
    if (queue != null) {
      queue.plan(keeper, planner);
    }
    for (FileEntry entry : cluster) {
      plan(entry.getFifo(), keeper, files, planner);
    }
    planner.program().call(SyscallNumber.CLOSE, keeper);
  }

  private static void plan(FifoEntry fifo, Argument keeper, RegularFiles files, FilePlanner planner)
      throws StasisException {
    RegFileEntry name = name(fifo, planner);
    int flags = Owner.withoutAsync(name.getFlags()) & ~Open.O_DIRECT;
    Argument fd =
        files.isRemapped(name)
            ? Descriptions.reopen(planner, keeper, flags | Open.O_NONBLOCK)
            : files.open(name, flags | Open.O_NONBLOCK, planner);
    Descriptions.setFlags(planner.program(), fd, name.getFlags(), flags | Open.O_NONBLOCK);
    planner.opened(fifo.getId(), fd);
    Owner.plan(
        planner, fifo.getId(), fifo.hasFown() ? fifo.getFown() : name.getFown(), name.getFlags());
  }

  private static RegFileEntry name(FifoEntry fifo, FilePlanner planner) throws StasisException {
    @Nullable FileEntry entry = planner.file(fifo.getRegfId()).orElse(null);
    if (!fifo.hasRegfId() || entry == null || !entry.hasReg()) {
      throw new StasisException(
          planner.describe(planner.task()),
          "opening " + Descriptions.name(planner, fifo.getId(), "a FIFO"),
          "the images have no name for it",
          0,
          "",
          null);
    }
    return entry.getReg();
  }
}

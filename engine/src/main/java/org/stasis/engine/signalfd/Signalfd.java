package org.stasis.engine.signalfd;

import java.util.Collection;
import java.util.Set;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Descriptions;
import org.stasis.engine.files.Owner;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.OpenFile;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.SignalfdEntry;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Program;

/** Signalfds: a set of signals, signalfd4(2). Whose signals they are is decided by who reads. */
public final class Signalfd implements FileKind {
  private static final int MASK_BYTES = 8;
  private static final int NEW = -1;

  @Override
  public Set<FdTypes> types() {
    return Set.of(FdTypes.SIGNALFD);
  }

  @Override
  public boolean claims(OpenFile file) {
    return file.link().equals("anon_inode:[signalfd]");
  }

  @Override
  public void capture(OpenFile file, FileCapture to) throws StasisException {
    Long mask = file.info().sigmask();
    if (mask == null) {
      to.obstacle("the kernel does not tell its signals", "");
      return;
    }
    to.entry(
        FileEntry.newBuilder()
            .setType(FdTypes.SIGNALFD)
            .setId(file.id())
            .setSgfd(
                SignalfdEntry.newBuilder()
                    .setId(file.id())
                    .setFlags(file.flags())
                    .setFown(file.owner())
                    .setSigmask(mask)));
  }

  @Override
  public void plan(Collection<FileEntry> cluster, FilePlanner planner) {
    for (FileEntry entry : cluster) {
      plan(entry.getSgfd(), planner);
    }
  }

  private static void plan(SignalfdEntry signalfd, FilePlanner planner) {
    Program program = planner.program();
    program.why("making " + Descriptions.name(planner, signalfd.getId(), "a signalfd"));
    int flags = signalfd.getFlags() & Open.O_NONBLOCK;
    Argument fd =
        program.call(
            SyscallNumber.SIGNALFD4,
            Argument.of(NEW),
            planner.plan().longs(signalfd.getSigmask()),
            Argument.of(MASK_BYTES),
            Argument.of(flags));
    Descriptions.setFlags(program, fd, signalfd.getFlags(), flags);
    planner.opened(signalfd.getId(), fd);
    Owner.plan(planner, signalfd.getId(), signalfd.getFown(), signalfd.getFlags());
  }
}

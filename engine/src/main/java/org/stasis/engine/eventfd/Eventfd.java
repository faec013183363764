package org.stasis.engine.eventfd;

import java.util.Collection;
import java.util.Set;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Descriptions;
import org.stasis.engine.files.Owner;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.OpenFile;
import org.stasis.images.proto.EventfdFileEntry;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.linux.EventCounter;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Program;

/**
 * Eventfds: a counter, and whether reading takes one of it or all.
 *
 * <p>The image has no field for {@code EFD_SEMAPHORE}. It is kept as the lowest bit of the flags:
 * an eventfd is always open for reading and writing, so the bit is clear where it means nothing,
 * and other readers of the format set nothing by it.
 */
public final class Eventfd implements FileKind {
  private static final long LARGEST_INITIAL = 0xffffffffL;

  @Override
  public Set<FdTypes> types() {
    return Set.of(FdTypes.EVENTFD);
  }

  @Override
  public boolean claims(OpenFile file) {
    return file.link().equals("anon_inode:[eventfd]");
  }

  @Override
  public void capture(OpenFile file, FileCapture to) throws StasisException {
    Long counter = file.info().eventfdCount();
    if (counter == null) {
      to.obstacle("the kernel does not tell its counter", "");
      return;
    }
    Boolean semaphore = file.info().eventfdSemaphore();
    if (semaphore == null) {
      semaphore = probe(file, counter);
    }
    to.entry(
        FileEntry.newBuilder()
            .setType(FdTypes.EVENTFD)
            .setId(file.id())
            .setEfd(
                EventfdFileEntry.newBuilder()
                    .setId(file.id())
                    .setFlags(file.flags() | (semaphore ? EventCounter.EFD_SEMAPHORE : 0))
                    .setFown(file.owner())
                    .setCounter(counter)));
  }

  private static boolean probe(OpenFile file, long counter) throws StasisException {
    try {
      return SemaphoreProbe.isSemaphore(file.duplicate(), counter);
    } catch (SyscallException e) {
      throw new StasisException(file.task().describe(), "probing " + file.describe(), "", e);
    }
  }

  @Override
  public void plan(Collection<FileEntry> cluster, FilePlanner planner) {
    for (FileEntry entry : cluster) {
      plan(entry.getEfd(), planner);
    }
  }

  private static void plan(EventfdFileEntry eventfd, FilePlanner planner) {
    Program program = planner.program();
    program.why("making " + Descriptions.name(planner, eventfd.getId(), "an eventfd"));
    int flags = eventfd.getFlags() & (EventCounter.EFD_SEMAPHORE | Open.O_NONBLOCK);
    long counter = eventfd.getCounter();
    boolean fits = Long.compareUnsigned(counter, LARGEST_INITIAL) <= 0;
    Argument fd = program.call(SyscallNumber.EVENTFD2, fits ? counter : 0, flags);
    if (!fits) {
      program.call(
          Expect.equal(Long.BYTES),
          SyscallNumber.WRITE,
          fd,
          planner.plan().longs(counter),
          Argument.of(Long.BYTES));
    }
    Descriptions.setFlags(program, fd, eventfd.getFlags(), flags);
    planner.opened(eventfd.getId(), fd);
    Owner.plan(planner, eventfd.getId(), eventfd.getFown(), eventfd.getFlags());
  }
}

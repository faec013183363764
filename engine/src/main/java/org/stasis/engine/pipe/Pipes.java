package org.stasis.engine.pipe;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Descriptions;
import org.stasis.engine.files.Owner;
import org.stasis.engine.ns.UserIds;
import org.stasis.engine.spi.CaptureContext;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.OpenFile;
import org.stasis.images.ImageKind;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.PipeEntry;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Program;

/**
 * Pipes. All ends of one pipe are made together; an end that nobody holds is closed again, so that
 * the others see end of file or EPIPE as before.
 *
 * <p>A pipe whose ends are partly outside of the tree comes back without its outer end, unless the
 * caller provides it: {@code --inherit-fd fd[N]:pipe:[INODE]}.
 */
public final class Pipes implements FileKind {
  private final PipeQueues queues = new PipeQueues(ImageKind.PIPES_DATA);
  private @Nullable UserIds ids;

  @Override
  public Set<FdTypes> types() {
    return Set.of(FdTypes.PIPE);
  }

  @Override
  public boolean claims(OpenFile file) {
    return file.link().startsWith("pipe:[") && (file.flags() & Open.O_PATH) == 0;
  }

  @Override
  public void capture(OpenFile file, FileCapture to) throws StasisException {
    int id = (int) file.stat().inode();
    queues.capture(id, file);
    if (ids == null) {
      ids = UserIds.of(file.task()); // the same for the whole tree
    }
    to.entry(
        FileEntry.newBuilder()
            .setType(FdTypes.PIPE)
            .setId(file.id())
            .setPipe(
                PipeEntry.newBuilder()
                    .setId(file.id())
                    .setPipeId(id)
                    // a packet pipe cannot be reopened with O_DIRECT: readers would fail
                    .setFlags(file.flags() & ~Open.O_DIRECT)
                    .setPackets((file.flags() & Open.O_DIRECT) != 0)
                    .setUid(ids.user(file.stat().uid()))
                    .setGid(ids.group(file.stat().gid()))
                    .setFown(file.owner())));
  }

  @Override
  public void captured(CaptureContext to) {
    queues.captured(to);
  }

  @Override
  public List<String> clusters(FileEntry entry) {
    return List.of(name(entry.getPipe().getPipeId()));
  }

  private static String name(int id) {
    return "pipe:[" + Integer.toUnsignedString(id) + "]";
  }

  @Override
  public void plan(Collection<FileEntry> cluster, FilePlanner planner) throws StasisException {
    int id = cluster.iterator().next().getPipe().getPipeId();
    PipeQueue queue = queues.find(id, planner);
    OptionalInt inherited = planner.inherited(name(id));
    List<PipeEntry> ends = new ArrayList<>(cluster.size());
    for (FileEntry entry : cluster) {
      ends.add(entry.getPipe());
    }
    planner.program().why("making " + describe(ends.getFirst(), planner));
    if (inherited.isPresent()) {
      planInherited(ends, queue, Argument.of(inherited.getAsInt()), planner);
    } else {
      planNew(ends, queue, planner);
    }
    for (PipeEntry end : ends) {
      Owner.plan(planner, end.getId(), end.getFown(), flags(end));
    }
  }

  private static String describe(PipeEntry end, FilePlanner planner) {
    return Descriptions.name(planner, end.getId(), name(end.getPipeId()));
  }

  private static int flags(PipeEntry end) {
    return end.getFlags() | (end.getPackets() ? Open.O_DIRECT : 0);
  }

  private static int access(PipeEntry end) {
    return end.getFlags() & Open.O_ACCMODE;
  }

  private static void planNew(List<PipeEntry> ends, @Nullable PipeQueue queue, FilePlanner planner)
      throws StasisException {
    Program program = planner.program();
    long pair = planner.plan().reserve(2 * Integer.BYTES);
    // never waits: what does not fit fails
    program.call(SyscallNumber.PIPE2, Argument.channel(pair), Argument.of(Open.O_NONBLOCK));
    Argument readEnd = Argument.word(pair);
    Argument writeEnd = Argument.word(pair + Integer.BYTES);
    planInode(ends.getFirst(), readEnd, planner);
    if (queue != null) {
      queue.plan(writeEnd, planner);
    }
    PipeEntry reader = first(ends, Open.O_RDONLY);
    PipeEntry writer = first(ends, Open.O_WRONLY);
    PipeEntry other = reader != null ? reader : writer != null ? writer : ends.getFirst();
    Argument through = planner.descriptor(planner.task(), other.getId());
    if (reader == null && writer == null) {
      program.call(SyscallNumber.DUP3, readEnd, through, Argument.of(Open.O_CLOEXEC));
    }
    take(reader, readEnd, planner);
    take(writer, writeEnd, planner);
    for (PipeEntry end : ends) {
      if (end != reader && end != writer) {
        planAnother(end, through, planner);
      }
    }
    if (reader == null) {
      program.call(SyscallNumber.CLOSE, readEnd);
    }
    if (writer == null) {
      program.call(SyscallNumber.CLOSE, writeEnd);
    }
  }

  /** Who made a pipe may open its ends anew through /proc, as /dev/stdout for example. */
  private static void planInode(PipeEntry end, Argument fd, FilePlanner planner) {
    if (end.getUid() != 0 || end.getGid() != 0) {
      planner
          .program()
          .call(SyscallNumber.FCHOWN, fd, Argument.of(end.getUid()), Argument.of(end.getGid()));
    }
  }

  private static @Nullable PipeEntry first(List<PipeEntry> ends, int access) {
    for (PipeEntry end : ends) {
      if (access(end) == access) {
        return end;
      }
    }
    return null;
  }

  private static void take(@Nullable PipeEntry end, Argument fd, FilePlanner planner) {
    if (end != null) {
      Descriptions.setFlags(planner.program(), fd, flags(end));
      planner.opened(end.getId(), fd);
    }
  }

  private static void planAnother(PipeEntry end, Argument through, FilePlanner planner) {
    Program program = planner.program();
    program.why("opening " + describe(end, planner), "It is opened through /proc.");
    Argument fd =
        Descriptions.reopen(planner, through, Owner.withoutAsync(end.getFlags()) | Open.O_NONBLOCK);
    take(end, fd, planner);
  }

  /**
   * The caller's end is passed on as it is. Where it cannot be of the right kind for all, or there
   * are several descriptions, others are opened through it.
   */
  private static void planInherited(
      List<PipeEntry> ends, @Nullable PipeQueue queue, Argument inherited, FilePlanner planner)
      throws StasisException {
    Program program = planner.program();
    if (queue != null && !queue.isEmpty()) {
      program.why(
          "putting back what was queued in " + describe(ends.getFirst(), planner),
          "Give a pipe with enough room.");
      Argument writeEnd = Descriptions.reopen(planner, inherited, Open.O_WRONLY | Open.O_NONBLOCK);
      queue.planContent(writeEnd, planner);
      program.call(SyscallNumber.CLOSE, writeEnd);
    }
    boolean alike = true;
    for (PipeEntry end : ends) {
      alike &= access(end) == access(ends.getFirst());
    }
    for (PipeEntry end : ends) {
      if (alike && end == ends.getFirst()) {
        program.why("taking over " + describe(end, planner));
        take(end, program.call(SyscallNumber.DUP, inherited), planner);
      } else {
        planAnother(end, inherited, planner);
      }
    }
  }
}

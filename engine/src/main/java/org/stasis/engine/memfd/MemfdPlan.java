package org.stasis.engine.memfd;

import java.util.Collection;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Descriptions;
import org.stasis.engine.files.Owner;
import org.stasis.engine.memory.SharedContent;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.Stage;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.MemfdFileEntry;
import org.stasis.images.proto.MemfdInodeEntry;
import org.stasis.linux.Fcntl;
import org.stasis.linux.KernelString;
import org.stasis.linux.Memfd;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Program;

/** Plans one memory file: the file with its content, then its descriptions, then its seals. */
final class MemfdPlan {
  private static final int PERMISSIONS = 07777;

  private final MemfdInodeEntry inode;
  private final FilePlanner planner;
  private final Program program;
  private final String name;

  MemfdPlan(MemfdInodeEntry inode, FilePlanner planner) {
    this.inode = inode;
    this.planner = planner;
    this.program = planner.program();
    this.name = "/memfd:" + KernelString.decode(inode.getNameBytes().toByteArray());
  }

  void plan(Collection<FileEntry> cluster) throws StasisException {
    MemfdFileEntry first = cluster.iterator().next().getMemfd();
    OptionalInt inherited = planner.inherited(name);
    if (inherited.isPresent()) {
      for (FileEntry entry : cluster) {
        planAnother(entry.getMemfd(), Argument.of(inherited.getAsInt()));
      }
      return;
    }
    program.why("making " + Descriptions.name(planner, first.getId(), name));
    Argument fd = planInode();
    MemfdFileEntry own = readWrite(cluster);
    Argument through =
        planner.descriptor(planner.task(), own == null ? first.getId() : own.getId());
    boolean late = (inode.getSeals() & Memfd.F_SEAL_FUTURE_WRITE) != 0 && own != null;
    if (!late) {
      planSeals(program, fd);
    }
    if (own == null) {
      program.call(SyscallNumber.DUP3, fd, through, Argument.of(Open.O_CLOEXEC));
      program.call(SyscallNumber.CLOSE, fd);
    } else {
      Descriptions.setFlags(program, fd, own.getFlags(), 0);
      finish(own, fd);
    }
    for (FileEntry entry : cluster) {
      if (entry.getMemfd() != own) {
        planAnother(entry.getMemfd(), through);
      }
    }
    if (late) { // it may be mapped for writing, which must happen before
      Program end = planner.program(planner.task(), Stage.RELEASE);
      end.why("sealing " + Descriptions.name(planner, first.getId(), name));
      planSeals(end, through);
    }
  }

  private Argument planInode() throws StasisException {
    boolean sealable = inode.getSeals() != Memfd.F_SEAL_SEAL;
    int flags = inode.getHugetlbFlag() | (sealable ? Memfd.MFD_ALLOW_SEALING : 0);
    Argument fd =
        program.call(
            SyscallNumber.MEMFD_CREATE,
            planner.plan().bytesWithNul(inode.getNameBytes().toByteArray()),
            Argument.of(Integer.toUnsignedLong(flags)));
    if (inode.getSize() != 0) {
      program.call(SyscallNumber.FTRUNCATE, fd, Argument.of(inode.getSize()));
      SharedContent.plan(
          Integer.toUnsignedLong(inode.getShmid()),
          fd,
          inode.getSize(),
          inode.hasHugetlbFlag() && inode.getHugetlbFlag() != 0,
          planner);
    }
    if (inode.getUid() != 0 || inode.getGid() != 0) {
      program.call(
          SyscallNumber.FCHOWN, fd, Argument.of(inode.getUid()), Argument.of(inode.getGid()));
    }
    if (inode.hasMode()) {
      program.call(SyscallNumber.FCHMOD, fd, Argument.of(inode.getMode() & PERMISSIONS));
    }
    return fd;
  }

  private void planSeals(Program to, Argument fd) {
    int seals = inode.getSeals();
    if (seals != 0 && seals != Memfd.F_SEAL_SEAL) {
      to.call(SyscallNumber.FCNTL, fd, Argument.of(Fcntl.F_ADD_SEALS), Argument.of(seals));
    }
  }

  /** The description that memfd_create(2) makes is open for both. */
  private static @Nullable MemfdFileEntry readWrite(Collection<FileEntry> cluster) {
    for (FileEntry entry : cluster) {
      if ((entry.getMemfd().getFlags() & Open.O_ACCMODE) == Open.O_RDWR) {
        return entry.getMemfd();
      }
    }
    return null;
  }

  private void planAnother(MemfdFileEntry file, Argument through) {
    program.why(
        "opening " + Descriptions.name(planner, file.getId(), name), "It is opened through /proc.");
    finish(file, Descriptions.reopen(planner, through, Owner.withoutAsync(file.getFlags())));
  }

  private void finish(MemfdFileEntry file, Argument fd) {
    if (file.getPos() != 0 || inode.getSize() != 0) { // filling has moved it
      program.call(
          Expect.equal(file.getPos()),
          SyscallNumber.LSEEK,
          fd,
          Argument.of(file.getPos()),
          Argument.ZERO);
    }
    planner.opened(file.getId(), fd);
    Owner.plan(planner, file.getId(), file.getFown(), file.getFlags());
  }
}

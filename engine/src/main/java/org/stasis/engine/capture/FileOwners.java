package org.stasis.engine.capture;

import java.util.List;
import org.stasis.engine.StasisException;
import org.stasis.engine.ns.UserIds;
import org.stasis.images.proto.FownEntry;
import org.stasis.linux.Fcntl;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;

/**
 * Owners of open files, whom input is signalled to. The kernel tells the engine pids and user ids
 * of the engine's namespaces; images have those of the tree's.
 */
final class FileOwners {
  private final List<SeizedTask> tasks;

  FileOwners(List<SeizedTask> tasks) {
    this.tasks = tasks;
  }

  /**
   * The owner of a file.
   *
   * @param entry without a pid when it has none, or one outside of the tree
   * @param stranger that one's pid, or 0
   */
  record Found(FownEntry entry, int stranger) {}

  /** No owner and no signal. */
  static FownEntry.Builder nobody() {
    return FownEntry.newBuilder().setUid(0).setEuid(0).setSignum(0).setPidType(0).setPid(0);
  }

  /**
   * Asks.
   *
   * @param fd a duplicate of the file
   * @param task that has it
   * @return owner and signal
   * @throws SyscallException when they are not told
   * @throws StasisException when the user ids cannot be translated
   */
  Found find(Fd fd, SeizedTask task) throws SyscallException, StasisException {
    FownEntry.Builder entry = nobody().setSignum(Fcntl.getSignal(fd));
    Fcntl.Owner owner = Fcntl.getOwner(fd);
    if (owner == null || owner.pid() == 0) {
      return new Found(entry.build(), 0);
    }
    int pid = inTree(owner);
    if (pid == 0) {
      return new Found(entry.build(), owner.pid());
    }
    Fcntl.OwnerUids uids = Fcntl.getOwnerUids(fd);
    UserIds ids = UserIds.of(task);
    entry.setPidType(owner.type()).setPid(pid);
    entry.setUid(ids.user(uids.uid())).setEuid(ids.user(uids.euid()));
    return new Found(entry.build(), 0);
  }

  /** The pid in the tree's namespace, 0 for one outside. */
  private int inTree(Fcntl.Owner owner) {
    for (SeizedTask task : tasks) {
      if (owner.type() == Fcntl.F_OWNER_PGRP) {
        if (task.status().nsPgid().getFirst() == owner.pid()) {
          return task.status().nsPgid().getLast();
        }
        continue;
      }
      if (task.pid() == owner.pid()) {
        return task.nsPid();
      }
      for (SeizedThread thread : task.threads()) {
        if (thread.tid() == owner.pid()) {
          return thread.nsTid();
        }
      }
    }
    return 0;
  }
}

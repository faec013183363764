package org.stasis.engine.capture;

import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.OpenFile;
import org.stasis.images.proto.FownEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.FdInfo;

/** An open file of the tree, or a file that a task uses without a descriptor. */
final class CapturedFile implements OpenFile {
  private final int id;
  private final SeizedTask task;
  private final int number;
  private final String procPath;
  private final String link;
  private final Stat stat;
  private final FdInfo info;
  private final FileOwners owners;
  private @Nullable Fd duplicate;
  private @Nullable FownEntry owner;
  private int stranger;

  /**
   * Describes one.
   *
   * @param id in the images
   * @param task who has it
   * @param number of the descriptor, -1 for none
   * @param procPath below the task's directory in /proc
   * @param link what that says
   * @param stat of the inode
   * @param info of the descriptor
   * @param owners finds its owner
   */
  CapturedFile(
      int id,
      SeizedTask task,
      int number,
      String procPath,
      String link,
      Stat stat,
      FdInfo info,
      FileOwners owners) {
    this.id = id;
    this.task = task;
    this.number = number;
    this.procPath = procPath;
    this.link = link;
    this.stat = stat;
    this.info = info;
    this.owners = owners;
  }

  @Override
  public int id() {
    return id;
  }

  @Override
  public SeizedTask task() {
    return task;
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public String link() {
    return link;
  }

  @Override
  public Stat stat() {
    return stat;
  }

  @Override
  public FdInfo info() {
    return info;
  }

  /** Takes over a duplicate that was had before. */
  CapturedFile with(Fd known) {
    duplicate = known;
    return this;
  }

  @Override
  public Fd duplicate() throws StasisException {
    if (duplicate == null) {
      try {
        duplicate =
            number >= 0
                ? task.pidfd().getFd(number)
                : task.proc().open(procPath, flags() | Open.O_CLOEXEC | Open.O_NOCTTY);
      } catch (SyscallException e) {
        throw new StasisException(task.describe(), "opening " + describe(), "", e);
      }
    }
    return duplicate;
  }

  @Override
  public int flags() {
    return info.flags() & ~Open.O_CLOEXEC;
  }

  @Override
  public FownEntry owner() throws StasisException {
    if (owner == null) {
      owner = readOwner();
    }
    return owner;
  }

  private FownEntry readOwner() throws StasisException {
    boolean isUsed = number < 0 && duplicate == null; // as executable, directory, mapping
    if (isUsed || (flags() & Open.O_PATH) != 0) {
      return FileOwners.nobody().build();
    }
    try {
      FileOwners.Found found = duplicate == null ? askForOwner() : owners.find(duplicate, task);
      stranger = found.stranger();
      return found.entry();
    } catch (SyscallException e) {
      throw new StasisException(task.describe(), "asking for the owner of " + describe(), "", e);
    }
  }

  /** Nobody else needs a duplicate, and a program may have more descriptors than the engine may. */
  private FileOwners.Found askForOwner() throws SyscallException, StasisException {
    try (Fd passing = task.pidfd().getFd(number)) {
      return owners.find(passing, task);
    }
  }

  /** The process or group outside of the tree that is its owner; 0 for none. */
  int stranger() {
    return stranger;
  }

  @Override
  public String describe() {
    return number >= 0 ? "fd " + number + " " + link : procPath + " " + link;
  }

  /** Closes the duplicate, if there is one. */
  void close() throws SyscallException {
    if (duplicate != null) {
      duplicate.close();
    }
  }
}

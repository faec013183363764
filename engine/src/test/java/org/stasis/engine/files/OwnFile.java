package org.stasis.engine.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.OpenFile;
import org.stasis.engine.spi.TaskView;
import org.stasis.images.proto.FownEntry;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.PidFd;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.FdInfo;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

/** An open file of the test itself, seen as one of a task that is dumped. */
public final class OwnFile implements OpenFile {
  private final int id;
  private final Fd fd;
  private final String link;
  private final Stat stat;
  private final FdInfo info;

  /** Looks at a descriptor, which stays the test's. */
  public OwnFile(int id, Fd fd) throws IOException {
    this.id = id;
    this.fd = fd;
    try (ProcFs proc = ProcFs.open();
        ProcTask self = proc.task(Self.INSTANCE.pid())) {
      this.link = self.fdLink(fd.number());
      this.info = self.fdInfo(fd.number());
      this.stat = fd.stat();
    }
  }

  /** The test as a task. */
  public static TaskView self() {
    return Self.INSTANCE;
  }

  private enum Self implements TaskView {
    INSTANCE;

    @Override
    public int pid() {
      return (int) ProcessHandle.current().pid();
    }

    @Override
    public int nsPid() {
      return pid();
    }

    @Override
    public PidFd pidfd() {
      try {
        return PidFd.open(pid(), 0);
      } catch (SyscallException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public String describe() {
      return "task " + pid() + " (test)";
    }
  }

  @Override
  public int id() {
    return id;
  }

  @Override
  public TaskView task() {
    return Self.INSTANCE;
  }

  @Override
  public int number() {
    return fd.number();
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

  @Override
  public Fd duplicate() throws StasisException {
    return fd;
  }

  @Override
  public int flags() {
    return info.flags() & ~Open.O_CLOEXEC;
  }

  @Override
  public FownEntry owner() {
    return Owners.NOBODY;
  }

  @Override
  public String describe() {
    return "fd " + fd.number() + " " + link;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof OwnFile file && file.id == id;
  }

  @Override
  public int hashCode() {
    return id;
  }
}

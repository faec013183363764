package org.stasis.shim.criu;

import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import org.stasis.engine.Action;
import org.stasis.engine.ActionListener;
import org.stasis.engine.ActionRefusedException;
import org.stasis.linux.Fd;
import org.stasis.linux.Open;
import org.stasis.linux.SyscallException;

/** Writes the pid of a restored root task, in decimal without a line end, before the tree runs. */
final class PidFile implements ActionListener {
  private static final int OWNER_ONLY = 0600;

  private final Fd directory;
  private final String name;

  /**
   * Prepares to write.
   *
   * @param directory the work directory, still open when the tree is restored
   * @param name a file that must not exist, relative to that directory or absolute
   */
  PidFile(Fd directory, String name) {
    this.directory = directory;
    this.name = name;
  }

  @Override
  public void reached(Action stage, OptionalInt rootPid) throws ActionRefusedException {
    if (stage != Action.POST_RESTORE) {
      return;
    }
    try {
      write(rootPid.orElseThrow());
    } catch (SyscallException e) {
      throw new ActionRefusedException(stage, "pid file " + name + ": " + e.getMessage());
    }
  }

  void write(int pid) throws SyscallException {
    int flags = Open.O_WRONLY | Open.O_CREAT | Open.O_EXCL | Open.O_CLOEXEC;
    try (Fd file = directory.openAt(name, flags, OWNER_ONLY)) {
      file.writeFully(Integer.toString(pid).getBytes(StandardCharsets.UTF_8));
    }
  }
}

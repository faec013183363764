package org.stasis.engine.unsupported;

import java.util.Collection;
import java.util.Set;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.FileCapture;
import org.stasis.engine.spi.FileKind;
import org.stasis.engine.spi.FilePlanner;
import org.stasis.engine.spi.OpenFile;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.linux.Stat;

/** Terminals: refused by name, since one reopened by its path would be another one. */
public final class Terminals implements FileKind {
  private static final int VIRTUAL_CONSOLES_AND_SERIAL = 4;
  private static final int ALIASES = 5; // /dev/tty, /dev/console, /dev/ptmx
  private static final int FIRST_PTS = 136;
  private static final int LAST_PTS = 143;

  @Override
  public Set<FdTypes> types() {
    return Set.of(FdTypes.TTY);
  }

  @Override
  public boolean claims(OpenFile file) {
    if (file.stat().type() != Stat.S_IFCHR) {
      return false;
    }
    int major = file.stat().represents().major();
    return major == VIRTUAL_CONSOLES_AND_SERIAL
        || major == ALIASES
        || (major >= FIRST_PTS && major <= LAST_PTS);
  }

  @Override
  public void capture(OpenFile file, FileCapture to) {
    to.obstacle("a terminal is not carried yet", "run without a terminal");
  }

  @Override
  public void plan(Collection<FileEntry> cluster, FilePlanner planner) throws StasisException {
    throw new StasisException(
        planner.describe(planner.task()),
        "restoring a terminal",
        "terminals are not carried yet",
        0,
        "",
        null);
  }
}

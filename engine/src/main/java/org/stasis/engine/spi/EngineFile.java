package org.stasis.engine.spi;

import java.nio.file.Path;
import org.stasis.engine.StasisException;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;

/** A file that the engine opens for the tasks of a rebuild. */
@FunctionalInterface
public interface EngineFile {
  /**
   * Opens it. Called once, before the first task is made.
   *
   * @return a descriptor, which the caller closes
   * @throws StasisException when it cannot be made
   * @throws SyscallException when it cannot be opened
   */
  Fd open() throws StasisException, SyscallException;

  /**
   * One that has a name.
   *
   * @param path as the engine opens it
   * @param flags of open(2)
   */
  record AtPath(Path path, int flags) implements EngineFile {
    @Override
    public Fd open() throws SyscallException {
      return Fd.open(path.toString(), flags);
    }
  }
}

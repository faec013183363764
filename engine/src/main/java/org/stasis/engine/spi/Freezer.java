package org.stasis.engine.spi;

import java.nio.file.Path;
import java.util.Optional;
import org.stasis.engine.StasisException;
import org.stasis.linux.SyscallException;

/**
 * Freezer control groups. Stasis stops tasks with ptrace(2) and freezes no group by itself, so that
 * none stays frozen when the engine dies. But a container engine may have paused a container before
 * it asks for a dump: the group is thawed for as long as every thread is held by ptrace, and frozen
 * again before they are let go.
 */
public interface Freezer {
  /**
   * Looks whether a tree is frozen, in the group given or in one it finds itself.
   *
   * @param pid the root task, in the engine's pid namespace
   * @param group the directory that {@code --freeze-cgroup} names
   * @return its group, when that is frozen
   * @throws StasisException when it cannot be looked at
   */
  Optional<Group> frozen(int pid, Optional<Path> group) throws StasisException;

  /** A group that was found frozen. */
  interface Group {
    /**
     * Lets its tasks run again. To be called once ptrace(2) has been told to interrupt every
     * thread: they trap before they run any code of their own. In the unified hierarchy they can
     * trap while frozen; in the old one they only do so now.
     *
     * @throws SyscallException when the kernel refuses
     */
    void thaw() throws SyscallException;

    /**
     * Freezes it again. To be called while ptrace(2) still holds every thread: let go, they freeze
     * before they run any code of their own.
     *
     * @throws SyscallException when the kernel refuses
     */
    void freeze() throws SyscallException;
  }
}

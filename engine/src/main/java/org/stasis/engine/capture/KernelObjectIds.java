package org.stasis.engine.capture;

import java.util.TreeMap;
import org.stasis.linux.Kcmp;
import org.stasis.linux.SyscallException;

/**
 * Numbers for what tasks have one of and may share: counted from 1 by first sight, equal when
 * kcmp(2) says so. It orders what it compares, so a tree finds the known ones.
 */
final class KernelObjectIds {
  private final TreeMap<Integer, Integer> known;
  private int next = 1;

  /** kcmp(2) failed inside of a comparison. */
  private static final class Failed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Failed(SyscallException cause) {
      super(cause);
    }

    SyscallException failure() {
      return (SyscallException) getCause();
    }
  }

  KernelObjectIds(Kcmp.Type type) {
    known = new TreeMap<>((a, b) -> compare(a, b, type));
  }

  private static int compare(int a, int b, Kcmp.Type type) {
    try {
      return a == b ? 0 : Kcmp.compare(a, b, type);
    } catch (SyscallException e) {
      throw new Failed(e);
    }
  }

  /**
   * The number of a task's object.
   *
   * @param pid the task, in the engine's pid namespace; must still exist
   * @return its number
   * @throws SyscallException when it cannot be compared
   */
  int id(int pid) throws SyscallException {
    try {
      Integer id = known.putIfAbsent(pid, next);
      return id == null ? next++ : id;
    } catch (Failed e) {
      throw e.failure();
    }
  }
}

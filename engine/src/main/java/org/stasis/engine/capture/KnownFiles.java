package org.stasis.engine.capture;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Kcmp;
import org.stasis.linux.Open;
import org.stasis.linux.Stat;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.FdInfo;

/**
 * The open file descriptions seen so far, to find out whether a descriptor refers to one of them.
 * Only those that look alike are compared, by kcmp(2); it orders them, so that thousands of
 * eventfds, which all look alike, are no trouble.
 */
final class KnownFiles {
  private final Map<Look, TreeMap<Descriptor, CapturedFile>> alike = new HashMap<>();

  /** What equal open files have in common. */
  private record Look(long device, long inode, int flags, long pos, int mount, String kind) {
    static Look of(Stat stat, FdInfo info) {
      return new Look(
          stat.device().kernelEncoding(),
          stat.inode(),
          info.flags() & ~Open.O_CLOEXEC,
          info.pos(),
          info.mountId(),
          kind(info));
    }

    /** What never changes of files that have one inode for all, {@code anon_inode:}. */
    private static String kind(FdInfo info) {
      String eventfd = info.value("eventfd-id");
      if (eventfd != null) {
        return eventfd;
      }
      return info.value("clockid") != null ? "timerfd" : "";
    }
  }

  /**
   * Where an open file can be found as long as the dump lasts.
   *
   * @param pid in the engine's pid namespace
   * @param number of its descriptor
   */
  record Descriptor(int pid, int number) {
    /** The engine's own. */
    static Descriptor own(int number) {
      return new Descriptor((int) ProcessHandle.current().pid(), number);
    }

    private static int compare(Descriptor a, Descriptor b) {
      try {
        return a.equals(b) ? 0 : Kcmp.compareFiles(a.pid, a.number, b.pid, b.number);
      } catch (SyscallException e) {
        throw new Failed(e);
      }
    }
  }

  /** kcmp(2) failed inside of a comparison. */
  private static final class Failed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient SyscallException failure;

    Failed(SyscallException failure) {
      super(failure);
      this.failure = failure;
    }
  }

  /**
   * Finds what a descriptor refers to.
   *
   * @param descriptor the descriptor
   * @param stat of its inode
   * @param info of it
   * @return null when it has not been seen
   * @throws SyscallException when it cannot be compared
   */
  @Nullable CapturedFile find(Descriptor descriptor, Stat stat, FdInfo info)
      throws SyscallException {
    TreeMap<Descriptor, CapturedFile> known = alike.get(Look.of(stat, info));
    if (known == null) {
      return null;
    }
    try {
      return known.get(descriptor);
    } catch (Failed e) {
      throw e.failure;
    }
  }

  /**
   * Remembers one that was not found.
   *
   * @param descriptor that refers to it
   * @param file the file
   * @throws SyscallException when it cannot be compared
   */
  void add(Descriptor descriptor, CapturedFile file) throws SyscallException {
    try {
      alike
          .computeIfAbsent(
              Look.of(file.stat(), file.info()), _ -> new TreeMap<>(Descriptor::compare))
          .put(descriptor, file);
    } catch (Failed e) {
      throw e.failure;
    }
  }
}

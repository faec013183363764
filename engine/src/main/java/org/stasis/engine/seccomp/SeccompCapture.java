package org.stasis.engine.seccomp;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.stasis.images.proto.SeccompEntry;
import org.stasis.images.proto.SeccompMode;
import org.stasis.images.proto.ThreadCoreEntry;
import org.stasis.linux.SeccompFilter;
import org.stasis.linux.SyscallException;

/**
 * Collects the filters of all threads for the one image that holds them. Threads of a process that
 * all have the same filters are written as one chain, to be installed for all at once (TSYNC).
 */
public final class SeccompCapture {
  private static final int STRICT = 1;
  private static final int FILTER = 2;
  private static final int FLAG_TSYNC = 1;

  private final SeccompEntry.Builder image = SeccompEntry.newBuilder();

  /**
   * A thread whose filters are wanted.
   *
   * @param tid in the engine's pid namespace, traced by the calling thread
   * @param mode as {@code /proc} says: 0 none, 1 strict, 2 filters
   * @param core takes mode and filter
   */
  public record Confined(int tid, int mode, ThreadCoreEntry.Builder core) {}

  /**
   * Captures the threads of one process.
   *
   * @param threads all of them, the leader first
   * @return whether one of the filters asks a listener (SECCOMP_RET_USER_NOTIF), which would be
   *     lost
   * @throws SyscallException EACCES without CAP_SYS_ADMIN
   */
  public boolean capture(List<Confined> threads) throws SyscallException {
    List<List<SeccompFilter>> chains = new ArrayList<>();
    for (Confined thread : threads) {
      chains.add(thread.mode() == FILTER ? SeccompFilter.all(thread.tid()) : List.of());
    }
    boolean same = threads.size() > 1 && threads.getFirst().mode() == FILTER;
    for (int i = 1; i < threads.size(); i++) {
      same &= threads.get(i).mode() == FILTER && equal(chains.getFirst(), chains.get(i));
    }
    for (int i = 0; i < threads.size(); i++) {
      ThreadCoreEntry.Builder core = threads.get(i).core();
      switch (threads.get(i).mode()) {
        case STRICT -> core.setSeccompMode(SeccompMode.strict);
        case FILTER -> {
          if (i == 0 || !same) {
            core.setSeccompMode(SeccompMode.filter);
            core.setSeccompFilter(add(chains.get(i), same));
          }
        }
        default -> {}
      }
    }
    return notify(chains);
  }

  private static boolean notify(List<List<SeccompFilter>> chains) {
    for (List<SeccompFilter> chain : chains) {
      for (SeccompFilter filter : chain) {
        if (filter.notifies()) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean equal(List<SeccompFilter> a, List<SeccompFilter> b) {
    if (a.size() != b.size()) {
      return false;
    }
    for (int i = 0; i < a.size(); i++) {
      if (a.get(i).flags() != b.get(i).flags()
          || !Arrays.equals(a.get(i).program(), b.get(i).program())) {
        return false;
      }
    }
    return true;
  }

  /** Adds a chain, newest first; the index of its oldest. */
  private int add(List<SeccompFilter> oldestFirst, boolean all) {
    boolean first = true;
    for (SeccompFilter filter : oldestFirst.reversed()) {
      org.stasis.images.proto.SeccompFilter.Builder entry =
          org.stasis.images.proto.SeccompFilter.newBuilder()
              .setFilter(ByteString.copyFrom(filter.program()));
      int flags = (int) filter.flags() | (all ? FLAG_TSYNC : 0);
      if (flags != 0) {
        entry.setFlags(flags);
      }
      if (!first) {
        entry.setPrev(image.getSeccompFiltersCount() - 1);
      }
      first = false;
      image.addSeccompFilters(entry);
    }
    return image.getSeccompFiltersCount() - 1;
  }

  /**
   * The image.
   *
   * @return with the filters of all processes captured so far
   */
  public SeccompEntry image() {
    return image.build();
  }
}

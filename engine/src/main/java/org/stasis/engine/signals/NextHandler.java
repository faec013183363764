package org.stasis.engine.signals;

import java.util.List;
import java.util.OptionalLong;
import org.stasis.images.proto.SaEntry;
import org.stasis.linux.SigInfo;

/**
 * Which handler a thread runs first when it goes on: the lowest signal that is queued, not blocked
 * and caught, its own before those of the process, as the kernel takes them ({@code
 * dequeue_signal}).
 */
public final class NextHandler {
  private static final int SIGKILL = 9;
  private static final int SIGSTOP = 19;
  private static final long SIG_DFL = 0;
  private static final long SIG_IGN = 1;

  private NextHandler() {}

  /**
   * Finds it.
   *
   * @param own queued for the thread
   * @param shared queued for the process, if it is this thread that takes them
   * @param blocked bit n-1 for signal n
   * @param actions of all signals that have one, in order
   * @return the flags of its action; nothing when no handler is due
   */
  public static OptionalLong flags(
      List<SigInfo> own, List<SigInfo> shared, long blocked, List<SaEntry> actions) {
    OptionalLong first = lowest(own, blocked, actions);
    return first.isPresent() ? first : lowest(shared, blocked, actions);
  }

  private static OptionalLong lowest(List<SigInfo> queue, long blocked, List<SaEntry> actions) {
    int lowest = Integer.MAX_VALUE;
    for (SigInfo info : queue) {
      int signal = info.bytes()[0];
      if (signal < lowest && (blocked & 1L << (signal - 1)) == 0 && isCaught(signal, actions)) {
        lowest = signal;
      }
    }
    return lowest == Integer.MAX_VALUE
        ? OptionalLong.empty()
        : OptionalLong.of(action(lowest, actions).getFlags());
  }

  private static boolean isCaught(int signal, List<SaEntry> actions) {
    if (signal == SIGKILL || signal == SIGSTOP) {
      return false;
    }
    long handler = action(signal, actions).getSigaction();
    return handler != SIG_DFL && handler != SIG_IGN;
  }

  /** The list leaves out the two signals that have no action. */
  private static SaEntry action(int signal, List<SaEntry> actions) {
    return actions.get(signal - 1 - (signal > SIGKILL ? 1 : 0) - (signal > SIGSTOP ? 1 : 0));
  }
}

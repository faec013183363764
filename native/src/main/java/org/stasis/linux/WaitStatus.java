package org.stasis.linux;

/**
 * What happened to a task that was waited for, the {@code status} of wait(2).
 *
 * <p>Sealed: whoever decides by it decides for each.
 */
public sealed interface WaitStatus {
  /**
   * It ended by itself.
   *
   * @param code its exit status, 0 to 255
   */
  record Exited(int code) implements WaitStatus {}

  /**
   * A signal ended it.
   *
   * @param signal which
   * @param coreDumped whether a core was written
   */
  record Signaled(int signal, boolean coreDumped) implements WaitStatus {}

  /**
   * It stopped: by job control, or under ptrace.
   *
   * @param signal the signal that stopped it or is about to be delivered; SIGTRAP with 0x80 set for
   *     a system call stop
   * @param event a {@code PTRACE_EVENT_} number, 0 for none
   */
  record Stopped(int signal, int event) implements WaitStatus {
    /**
     * Whether it is at the entry or exit of a system call (with {@link
     * Ptrace#PTRACE_O_TRACESYSGOOD}).
     *
     * @return true at a system call stop
     */
    public boolean isSyscall() {
      return event == 0 && signal == (Signal.SIGTRAP | 0x80);
    }

    /**
     * Whether a seized task is stopped by job control rather than by its tracer.
     *
     * @return true at a group stop
     */
    public boolean isGroupStop() {
      return event == Ptrace.PTRACE_EVENT_STOP && signal != Signal.SIGTRAP;
    }
  }

  /** SIGCONT let it go on. */
  record Continued() implements WaitStatus {}

  /**
   * Decodes a status.
   *
   * @param status as wait4(2) stores it
   * @return what it says
   */
  static WaitStatus of(int status) {
    int low = status & 0x7f;
    if (status == 0xffff) {
      return new Continued();
    }
    if (low == 0) {
      return new Exited((status >> 8) & 0xff);
    }
    if (low == 0x7f) {
      return new Stopped((status >> 8) & 0xff, status >>> 16);
    }
    return new Signaled(low, (status & 0x80) != 0);
  }
}

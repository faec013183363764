package org.stasis.linux.proc;

import java.util.List;

/**
 * {@code /proc/PID/status}, proc_pid_status(5).
 *
 * @param name its name, escapes resolved
 * @param umask of its files; -1 for a zombie or a kernel thread
 * @param state {@code R}, {@code S}, {@code D}, {@code Z}, {@code T}, {@code t}, {@code X}, {@code
 *     I}
 * @param tgid its process
 * @param pid the thread
 * @param ppid its parent
 * @param tracerPid who traces it, 0 for nobody
 * @param uids its uids, in the user namespace of whoever opened the file
 * @param gids its gids, likewise
 * @param groups its supplementary groups, likewise
 * @param nsTgid its process in every pid namespace, from that of this {@code /proc} inwards
 * @param nsPid the thread, likewise
 * @param nsPgid its process group, likewise
 * @param nsSid its session, likewise
 * @param threads threads of the process, 0 for a zombie
 * @param signals pending and otherwise
 * @param capabilities its capability sets
 * @param noNewPrivs whether exec gains no privileges
 * @param seccomp 0 off, 1 strict, 2 filters
 * @param seccompFilters how many filters; 0 also from kernels that don't tell
 * @param vmLockedKb memory locked, in KiB
 * @param vmHugetlbKb memory in huge pages of hugetlbfs, in KiB
 * @param coreDumping whether it is dumping core right now
 * @param thpDisabled whether PR_SET_THP_DISABLE is on
 * @param untagMask 0, or which address bits the processor looks at
 * @param x86Features such as {@code shstk}; empty on other processors
 * @param x86FeaturesLocked those of them that can't be switched off
 */
public record TaskStatus(
    String name,
    int umask,
    char state,
    int tgid,
    int pid,
    int ppid,
    int tracerPid,
    Ids uids,
    Ids gids,
    List<Integer> groups,
    List<Integer> nsTgid,
    List<Integer> nsPid,
    List<Integer> nsPgid,
    List<Integer> nsSid,
    int threads,
    Signals signals,
    Capabilities capabilities,
    boolean noNewPrivs,
    int seccomp,
    int seccompFilters,
    long vmLockedKb,
    long vmHugetlbKb,
    boolean coreDumping,
    boolean thpDisabled,
    long untagMask,
    List<String> x86Features,
    List<String> x86FeaturesLocked) {
  /**
   * User or group ids.
   *
   * @param real real
   * @param effective effective
   * @param saved saved
   * @param fs for access to files
   */
  public record Ids(int real, int effective, int saved, int fs) {}

  /**
   * Sets of signals: bit n - 1 stands for signal n.
   *
   * @param queued how many are queued for the task's real uid
   * @param queueLimit how many may be, unsigned
   * @param pending for the thread
   * @param sharedPending for the process
   * @param blocked by the thread
   * @param ignored by the process
   * @param caught by the process
   */
  public record Signals(
      long queued,
      long queueLimit,
      long pending,
      long sharedPending,
      long blocked,
      long ignored,
      long caught) {}

  /**
   * Capability sets: bit n stands for capability n.
   *
   * @param inheritable inheritable
   * @param permitted permitted
   * @param effective effective
   * @param bounding bounding
   * @param ambient ambient
   */
  public record Capabilities(
      long inheritable, long permitted, long effective, long bounding, long ambient) {}

  static TaskStatus parse(ProcText text) {
    return new TaskStatusParser().parse(text);
  }
}

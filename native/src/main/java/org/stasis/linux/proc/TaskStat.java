package org.stasis.linux.proc;

/**
 * {@code /proc/PID/stat}, proc_pid_stat(5), field by field.
 *
 * <p>Addresses, exit code and signal sets are 0 without the right to trace the task. Times are in
 * clock ticks, mostly hundredths of a second. Numbers that the kernel prints unsigned wrap.
 *
 * @param pid in the pid namespace of this {@code /proc}
 * @param comm its name, up to 15 bytes, without the parentheses
 * @param state {@code R}, {@code S}, {@code D}, {@code Z}, {@code T}, {@code t}, {@code X}, {@code
 *     I}
 * @param ppid its parent
 * @param pgrp its process group
 * @param session its session
 * @param ttyNr its controlling terminal, encoded as for mknod(2); 0 for none
 * @param tpgid the terminal's foreground group; -1 without terminal
 * @param flags {@code PF_} bits
 * @param minflt minor faults
 * @param cminflt minor faults of waited-for children
 * @param majflt major faults
 * @param cmajflt major faults of waited-for children
 * @param utime ticks in user mode
 * @param stime ticks in the kernel
 * @param cutime ticks of waited-for children in user mode
 * @param cstime ticks of waited-for children in the kernel
 * @param priority 20 + nice, or -1 - real-time priority
 * @param nice -20 to 19
 * @param numThreads threads of the process
 * @param itrealvalue always 0
 * @param starttime ticks after boot, in the reader's time namespace
 * @param vsize bytes of address space
 * @param rss pages in memory
 * @param rsslim soft limit on rss, in bytes
 * @param startcode first address of the program's code
 * @param endcode address after it
 * @param startstack bottom of the stack
 * @param kstkesp 0, but for tasks that dump core
 * @param kstkeip 0, but for tasks that dump core
 * @param signal pending signals, the first 31
 * @param blocked blocked signals, the first 31
 * @param sigignore ignored signals, the first 31
 * @param sigcatch caught signals, the first 31
 * @param wchan 1 when it waits in the kernel
 * @param nswap always 0
 * @param cnswap always 0
 * @param exitSignal what its parent is sent when it ends; -1 for threads
 * @param processor it ran on last
 * @param rtPriority 0, or 1 to 99
 * @param policy {@code SCHED_} value
 * @param delayacctBlkioTicks ticks of waiting for block devices
 * @param guestTime ticks as a virtual processor
 * @param cguestTime the same of waited-for children
 * @param startData first address of the program's data
 * @param endData address after it
 * @param startBrk where the heap starts
 * @param argStart first address of the arguments
 * @param argEnd address after them
 * @param envStart first address of the environment
 * @param envEnd address after it
 * @param exitCode as wait(2) will report it
 */
public record TaskStat(
    int pid,
    String comm,
    char state,
    int ppid,
    int pgrp,
    int session,
    int ttyNr,
    int tpgid,
    int flags,
    long minflt,
    long cminflt,
    long majflt,
    long cmajflt,
    long utime,
    long stime,
    long cutime,
    long cstime,
    int priority,
    int nice,
    int numThreads,
    long itrealvalue,
    long starttime,
    long vsize,
    long rss,
    long rsslim,
    long startcode,
    long endcode,
    long startstack,
    long kstkesp,
    long kstkeip,
    long signal,
    long blocked,
    long sigignore,
    long sigcatch,
    long wchan,
    long nswap,
    long cnswap,
    int exitSignal,
    int processor,
    int rtPriority,
    int policy,
    long delayacctBlkioTicks,
    long guestTime,
    long cguestTime,
    long startData,
    long endData,
    long startBrk,
    long argStart,
    long argEnd,
    long envStart,
    long envEnd,
    int exitCode) {
  static TaskStat parse(ProcText text) {
    int pid = text.integer();
    text.spaces().expect('(');
    int name = text.position();
    int close = text.lastIndexOf(')'); // the name may contain anything, ") R 1" too
    if (close < name) {
      throw text.unexpected("a name in parentheses");
    }
    text.moveTo(close);
    String comm = text.slice(name, close);
    char state = text.expect(')').word().charAt(0);
    return new TaskStat(
        pid,
        comm,
        state,
        text.integer(),
        text.integer(),
        text.integer(),
        text.integer(),
        text.integer(),
        text.integer(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.integer(),
        text.integer(),
        text.integer(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.integer(),
        text.integer(),
        text.integer(),
        text.integer(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.number(),
        text.integer());
  }
}

package org.stasis.linux.proc;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.linux.Directory;
import org.stasis.linux.Fd;
import org.stasis.linux.KernelString;
import org.stasis.linux.Names;
import org.stasis.linux.Open;
import org.stasis.linux.ResourceLimit;
import org.stasis.linux.SyscallException;

/**
 * A process or thread in a {@code /proc}. Everything fails with ESRCH or ENOENT once it is gone,
 * and much with EACCES or EPERM without the right to trace it.
 */
public final class ProcTask implements AutoCloseable {
  private final Fd directory;
  private final int id;

  private ProcTask(Fd directory, int id) {
    this.directory = directory;
    this.id = id;
  }

  static ProcTask open(Fd root, String path, int id) throws SyscallException {
    int flags = Open.O_RDONLY | Open.O_DIRECTORY | Open.O_CLOEXEC;
    return new ProcTask(root.openAt(path, flags, 0), id);
  }

  /**
   * Its id, as it was opened.
   *
   * @return a pid or thread id in the namespace of this {@code /proc}
   */
  public int id() {
    return id;
  }

  /**
   * Opens a file of it.
   *
   * @param name such as {@code pagemap}, {@code mem}, {@code ns/net}
   * @param flags {@code O_} flags
   * @return the file
   * @throws SyscallException open(2)
   */
  public Fd open(String name, int flags) throws SyscallException {
    return directory.openAt(name, flags | Open.O_CLOEXEC, 0);
  }

  /**
   * Reads a file of it.
   *
   * @param name such as {@code auxv}
   * @return its bytes
   * @throws SyscallException open(2), read(2)
   */
  public byte[] read(String name) throws SyscallException {
    return ProcText.read(directory, name).rest();
  }

  /**
   * Reads a link of it.
   *
   * @param name such as {@code exe}, {@code cwd}, {@code root}, {@code fd/3}
   * @return what it says
   * @throws SyscallException readlinkat(2)
   */
  public String link(String name) throws SyscallException {
    return Names.readLink(directory, name);
  }

  /**
   * {@code stat}.
   *
   * @return parsed
   * @throws SyscallException open(2), read(2)
   */
  public TaskStat stat() throws SyscallException {
    return TaskStat.parse(ProcText.read(directory, "stat"));
  }

  /**
   * {@code status}.
   *
   * @return parsed
   * @throws SyscallException open(2), read(2)
   */
  public TaskStatus status() throws SyscallException {
    return TaskStatus.parse(ProcText.read(directory, "status"));
  }

  /**
   * Its threads; empty for a thread.
   *
   * @return their ids, the first one's first
   * @throws SyscallException open(2)
   */
  public int[] threads() throws SyscallException {
    return numbers("task");
  }

  /**
   * Children that one of its threads forked.
   *
   * @param tid the thread; each thread has children of its own
   * @return their pids
   * @throws SyscallException open(2), read(2); ENOENT from kernels without PROC_CHILDREN
   */
  public List<Integer> children(int tid) throws SyscallException {
    ProcText text = ProcText.read(directory, "task/" + tid + "/children");
    List<Integer> children = new ArrayList<>(0);
    while (!text.spaces().atEnd()) {
      children.add(text.integer());
    }
    return children;
  }

  /**
   * {@code maps}.
   *
   * @return its mappings, ascending
   * @throws SyscallException open(2), read(2)
   */
  public List<MapEntry> maps() throws SyscallException {
    return MapEntry.parseAll(ProcText.read(directory, "maps"));
  }

  /**
   * {@code smaps}.
   *
   * @return its mappings, ascending
   * @throws SyscallException open(2), read(2)
   */
  public List<SmapEntry> smaps() throws SyscallException {
    return SmapEntry.parseAll(ProcText.read(directory, "smaps"));
  }

  /**
   * The file behind a mapping, {@code map_files/START-END}.
   *
   * @param map one of {@link #maps} that has a file
   * @return its path, with {@code " (deleted)"} behind it when it has none any more
   * @throws SyscallException ENOENT when the mapping has no file
   */
  public String mapLink(MapEntry map) throws SyscallException {
    return link(mapFile(map));
  }

  /**
   * Opens the file behind a mapping, named or not.
   *
   * @param map one of {@link #maps} that has a file
   * @param flags {@code O_} flags
   * @return the file
   * @throws SyscallException ENOENT when the mapping has no file
   */
  public Fd openMapped(MapEntry map, int flags) throws SyscallException {
    return open(mapFile(map), flags);
  }

  /**
   * Its open descriptors.
   *
   * @return their numbers, ascending
   * @throws SyscallException open(2)
   */
  public int[] fds() throws SyscallException {
    return numbers("fd");
  }

  /**
   * What a descriptor leads to.
   *
   * @param fd its number there
   * @return a path from its root, or {@code pipe:[1234]} and the like
   * @throws SyscallException ENOENT when it is closed
   */
  public String fdLink(int fd) throws SyscallException {
    return link("fd/" + fd);
  }

  /**
   * {@code fdinfo} of a descriptor.
   *
   * @param fd its number there
   * @return parsed
   * @throws SyscallException ENOENT when it is closed
   */
  public FdInfo fdInfo(int fd) throws SyscallException {
    return FdInfo.parse(ProcText.read(directory, "fdinfo/" + fd));
  }

  /**
   * {@code mountinfo}: mounts of its namespace that it reaches from its root.
   *
   * @return the mounts, parents before what is mounted on them
   * @throws SyscallException open(2), read(2)
   */
  public List<MountEntry> mounts() throws SyscallException {
    return MountEntry.parseAll(ProcText.read(directory, "mountinfo"));
  }

  /**
   * {@code cgroup}.
   *
   * @return one entry per hierarchy
   * @throws SyscallException open(2), read(2)
   */
  public List<CgroupEntry> cgroups() throws SyscallException {
    return CgroupEntry.parseAll(ProcText.read(directory, "cgroup"));
  }

  /**
   * {@code limits}; unlike prlimit(2) it can be read for any user's task.
   *
   * @return {@link ResourceLimit#COUNT} limits, at the index of their {@code RLIMIT_} value
   * @throws SyscallException open(2), read(2)
   */
  public List<ResourceLimit> limits() throws SyscallException {
    return LimitsTable.parse(ProcText.read(directory, "limits"));
  }

  /**
   * {@code auxv}: what the kernel told the program when it started it.
   *
   * @return types ({@code AT_}) and values in turn, up to and with AT_NULL; empty for a zombie
   * @throws SyscallException open(2), read(2)
   */
  public long[] auxv() throws SyscallException {
    byte[] bytes = read("auxv");
    long[] words = new long[bytes.length / Long.BYTES];
    java.nio.ByteBuffer.wrap(bytes)
        .order(java.nio.ByteOrder.nativeOrder())
        .asLongBuffer()
        .get(words);
    return words;
  }

  /**
   * {@code cmdline}.
   *
   * @return its arguments; empty for a zombie. A program may have written something else there
   * @throws SyscallException open(2), read(2)
   */
  public List<String> cmdline() throws SyscallException {
    return zeroTerminated(read("cmdline"));
  }

  /**
   * {@code environ}.
   *
   * @return its environment as it was at the start
   * @throws SyscallException open(2), read(2)
   */
  public List<String> environ() throws SyscallException {
    return zeroTerminated(read("environ"));
  }

  /**
   * {@code comm}.
   *
   * @return its name, up to 15 bytes
   * @throws SyscallException open(2), read(2)
   */
  public String comm() throws SyscallException {
    byte[] bytes = read("comm");
    return KernelString.decode(bytes, 0, Math.max(0, bytes.length - 1)); // it may hold line ends
  }

  /**
   * Inode number of a namespace it is in.
   *
   * @param name such as {@code net}, {@code pid_for_children}
   * @return a number that names the namespace; 0 when the kernel has no such kind, or for a pid or
   *     time namespace of children that is not there yet
   * @throws SyscallException readlinkat(2)
   */
  public long namespace(String name) throws SyscallException {
    try {
      String link = link("ns/" + name);
      return Long.parseLong(link, link.indexOf('[') + 1, link.length() - 1, 10);
    } catch (SyscallException e) {
      if (e.is(org.stasis.linux.Errno.ENOENT)) {
        requireAlive();
        return 0;
      }
      throw e;
    }
  }

  /**
   * {@code timers}.
   *
   * @return timers of timer_create(2)
   * @throws SyscallException open(2), read(2)
   */
  public List<PosixTimer> timers() throws SyscallException {
    return PosixTimer.parseAll(ProcText.read(directory, "timers"));
  }

  /**
   * {@code uid_map} of its user namespace.
   *
   * @return the ranges; empty when none were written
   * @throws SyscallException open(2), read(2)
   */
  public List<IdMapping> uidMap() throws SyscallException {
    return IdMapping.parseAll(ProcText.read(directory, "uid_map"));
  }

  /**
   * {@code gid_map} of its user namespace.
   *
   * @return the ranges; empty when none were written
   * @throws SyscallException open(2), read(2)
   */
  public List<IdMapping> gidMap() throws SyscallException {
    return IdMapping.parseAll(ProcText.read(directory, "gid_map"));
  }

  /**
   * {@code timens_offsets}.
   *
   * @return null from a kernel without time namespaces
   * @throws SyscallException open(2), read(2)
   */
  public @Nullable TimeOffsets timeOffsets() throws SyscallException {
    ProcText text = readIfThere("timens_offsets");
    return text == null ? null : TimeOffsets.parse(text);
  }

  /**
   * {@code personality}, personality(2).
   *
   * @return its bits
   * @throws SyscallException open(2), read(2)
   */
  public int personality() throws SyscallException {
    return (int) ProcText.read(directory, "personality").hex();
  }

  /**
   * {@code loginuid}, of the audit system.
   *
   * @return an uid, -1 when it is not set; null from a kernel without audit
   * @throws SyscallException open(2), read(2)
   */
  public @Nullable Integer loginUid() throws SyscallException {
    ProcText text = readIfThere("loginuid");
    return text == null ? null : (Integer) text.integer();
  }

  /**
   * {@code oom_score_adj}.
   *
   * @return -1000 to 1000
   * @throws SyscallException open(2), read(2)
   */
  public int oomScoreAdj() throws SyscallException {
    return ProcText.read(directory, "oom_score_adj").integer();
  }

  /**
   * {@code timerslack_ns}.
   *
   * @return how much later than asked a thread may be woken, in nanoseconds
   * @throws SyscallException open(2), read(2); EPERM without CAP_SYS_NICE
   */
  public long timerSlackNanos() throws SyscallException {
    return ProcText.read(directory, "timerslack_ns").number();
  }

  /**
   * {@code coredump_filter}, core(5).
   *
   * @return its bits; null for a kernel thread or a zombie, and from a kernel without core dumps
   * @throws SyscallException open(2), read(2)
   */
  public @Nullable Integer coredumpFilter() throws SyscallException {
    ProcText text = readIfThere("coredump_filter");
    return text == null || text.atEnd() ? null : (Integer) (int) text.hex();
  }

  /**
   * {@code autogroup}: the nice value of its session's scheduling group.
   *
   * @return -20 to 19; null when it has no such group
   * @throws SyscallException open(2), read(2)
   */
  public @Nullable Integer autogroupNice() throws SyscallException {
    ProcText text = readIfThere("autogroup");
    if (text == null || text.atEnd()) {
      return null;
    }
    text.word();
    return text.spaces().expect("nice").integer();
  }

  @Override
  public void close() throws SyscallException {
    directory.close();
  }

  /** Null when this kernel or this kind of task has no such file, not when the task is gone. */
  private @Nullable ProcText readIfThere(String name) throws SyscallException {
    ProcText text = ProcText.readIfThere(directory, name);
    if (text == null) {
      requireAlive();
    }
    return text;
  }

  private void requireAlive() throws SyscallException {
    directory.openAt("stat", Open.O_RDONLY | Open.O_CLOEXEC, 0).close();
  }

  private int[] numbers(String name) throws SyscallException {
    try (Fd list = open(name, Open.O_RDONLY | Open.O_DIRECTORY)) {
      return Directory.numbers(list);
    }
  }

  private static String mapFile(MapEntry map) {
    return "map_files/" + Long.toHexString(map.start()) + "-" + Long.toHexString(map.end());
  }

  private static List<String> zeroTerminated(byte[] bytes) {
    List<String> texts = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == 0) {
        texts.add(KernelString.decode(bytes, start, i - start));
        start = i + 1;
      }
    }
    if (start < bytes.length) { // a program cut it short
      texts.add(KernelString.decode(bytes, start, bytes.length - start));
    }
    return texts;
  }
}

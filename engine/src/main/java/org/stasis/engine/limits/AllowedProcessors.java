package org.stasis.engine.limits;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.images.proto.ThreadCoreEntry;
import org.stasis.linux.Processors;
import org.stasis.linux.SchedulingPolicy;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;

/**
 * On which processors a thread may run, where it has fewer than its control group: a choice of its
 * own, sched_setaffinity(2). What it has from its control group belongs to the machine. For one
 * dump.
 */
public final class AllowedProcessors {
  /** Where cpuset groups are, and what their processors are called: versions 1 and 2. */
  private static final List<String[]> GROUPS =
      List.of(
          new String[] {"/sys/fs/cgroup/cpuset", "cpuset.effective_cpus"},
          new String[] {"/sys/fs/cgroup", "cpuset.cpus.effective"},
          new String[] {"/sys/fs/cgroup/unified", "cpuset.cpus.effective"});

  private final Map<String, BitSet> ofGroups = new HashMap<>();
  private @Nullable BitSet online;

  /**
   * Asks for a thread's.
   *
   * @param tid the thread, in the engine's pid namespace
   * @param core takes them, where they are its own choice
   * @throws SyscallException when the thread is gone
   */
  public void capture(int tid, ThreadCoreEntry.Builder core) throws SyscallException {
    byte[] mask = SchedulingPolicy.getAffinity(tid);
    BitSet allowed = BitSet.valueOf(mask);
    if (!has(allowed, online()) && !has(allowed, ofGroup(tid))) {
      core.setAllowedProcessors(ByteString.copyFrom(allowed.toByteArray()));
    }
  }

  private static boolean has(BitSet allowed, BitSet all) {
    BitSet missing = (BitSet) all.clone();
    missing.andNot(allowed);
    return missing.isEmpty();
  }

  private BitSet online() throws SyscallException {
    if (online == null) {
      online = Processors.online();
    }
    return online;
  }

  private BitSet ofGroup(int tid) throws SyscallException {
    String group;
    try {
      group = Files.readString(Path.of("/proc/" + tid + "/cpuset")).strip();
    } catch (IOException e) { // the kernel has no such groups
      return online();
    }
    BitSet known = ofGroups.get(group);
    if (known == null) {
      known = ofGroup(group);
      ofGroups.put(group, known);
    }
    return known;
  }

  /** A group without the controller has what its parent has. */
  private BitSet ofGroup(String group) throws SyscallException {
    for (Path path = Path.of(group); path != null; path = path.getParent()) {
      for (String[] place : GROUPS) {
        BitSet read = read(Path.of(place[0] + path, place[1]));
        if (read != null) {
          read.and(online());
          return read;
        }
      }
    }
    return online();
  }

  private static @Nullable BitSet read(Path file) {
    try {
      return Processors.parse(Files.readString(file));
    } catch (IOException e) { // no such file
      return null;
    }
  }

  /**
   * Plans them. Where none of them is there, the thread keeps what its control group allows, as the
   * kernel does when processors go.
   *
   * @param core the thread
   * @param plan takes the data
   * @param program the thread's
   */
  static void plan(ThreadCoreEntry core, Plan plan, Program program) {
    if (core.hasAllowedProcessors()) {
      long[] mask = BitSet.valueOf(core.getAllowedProcessors().toByteArray()).toLongArray();
      program.why("choosing processors");
      program.call(
          Expect.ANY,
          SyscallNumber.SCHED_SETAFFINITY,
          Argument.ZERO,
          Argument.of((long) mask.length * Long.BYTES),
          plan.longs(mask));
    }
  }
}

package org.stasis.engine.rebuild;

import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.stasis.engine.StasisException;
import org.stasis.images.proto.VmaEntry;

/**
 * The hole of the address space where the agent sits while a tree is rebuilt: one that neither the
 * root agent nor any task of the tree uses. First the code, then the channel, then the stacks.
 *
 * @param start first byte, page aligned
 * @param codeBytes whole pages
 * @param channelBytes whole pages
 * @param stackBytes whole pages; {@link #STACK} for each thread
 */
public record AgentArea(long start, long codeBytes, long channelBytes, long stackBytes) {
  /** One thread's stack, in bytes. */
  public static final long STACK = 16 << 10;

  private static final long PAGE = 4096;
  private static final long LOWEST = 0x10000;
  private static final long TASK_SIZE = 0x7fff_ffff_f000L;

  /** Room around, so that a stack that grows down above does not meet the hole. */
  private static final long MARGIN = 0x100000;

  /**
   * Looks for a hole.
   *
   * @param codeBytes of the agent
   * @param channelBytes of the plan
   * @param threads most threads of one task
   * @param taken mappings of the root agent, start and end in turn
   * @param tasks mappings of each task
   * @return the area
   * @throws StasisException when the tasks leave no hole
   */
  public static AgentArea find(
      long codeBytes,
      long channelBytes,
      int threads,
      List<long[]> taken,
      Collection<List<VmaEntry>> tasks)
      throws StasisException {
    NavigableMap<Long, Long> used = new TreeMap<>(Long::compareUnsigned);
    for (long[] range : taken) {
      used.merge(range[0], range[1], AgentArea::further);
    }
    for (List<VmaEntry> vmas : tasks) {
      for (VmaEntry vma : vmas) {
        used.merge(vma.getStart(), vma.getEnd(), AgentArea::further);
      }
    }
    AgentArea area =
        new AgentArea(0, align(codeBytes), align(channelBytes), align(threads * STACK));
    long free = LOWEST;
    for (var range : used.entrySet()) {
      if (Long.compareUnsigned(range.getKey(), TASK_SIZE) >= 0) {
        break;
      }
      if (range.getKey() - free >= area.bytes() + 2 * MARGIN) {
        return area.at(free + MARGIN);
      }
      free = further(free, range.getValue());
    }
    if (TASK_SIZE - free >= area.bytes() + 2 * MARGIN) {
      return area.at(free + MARGIN);
    }
    throw new StasisException(
        "", "placing the agent", "the tasks leave no hole in their address space", 0, "", null);
  }

  private static long further(long a, long b) {
    return Long.compareUnsigned(a, b) > 0 ? a : b;
  }

  private static long align(long bytes) {
    return (bytes + PAGE - 1) & -PAGE;
  }

  private AgentArea at(long address) {
    return new AgentArea((address + PAGE - 1) & -PAGE, codeBytes, channelBytes, stackBytes);
  }

  /**
   * All of it.
   *
   * @return bytes
   */
  public long bytes() {
    return codeBytes + channelBytes + stackBytes;
  }

  /**
   * The byte after it.
   *
   * @return an address
   */
  public long end() {
    return start + bytes();
  }

  /**
   * Where the channel begins.
   *
   * @return an address
   */
  public long channel() {
    return start + codeBytes;
  }

  /**
   * Where the stacks begin.
   *
   * @return an address
   */
  public long stacks() {
    return channel() + channelBytes;
  }
}

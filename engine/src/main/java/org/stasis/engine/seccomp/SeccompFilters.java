package org.stasis.engine.seccomp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.images.proto.SeccompEntry;
import org.stasis.images.proto.SeccompFilter;
import org.stasis.images.proto.SeccompMode;
import org.stasis.images.proto.ThreadCoreEntry;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;
import org.stasis.linux.agent.Verb;

/**
 * The seccomp mode and filters of a thread. The image keeps a chain newest filter first; a thread
 * names the last one, the oldest, which is installed first, and each names the one before it.
 * Filters are installed while the thread is traced with PTRACE_O_SUSPEND_SECCOMP, or they would
 * judge the agent's own calls.
 */
public final class SeccompFilters {
  private static final int SECCOMP_SET_MODE_STRICT = 0;
  private static final int SECCOMP_SET_MODE_FILTER = 1;
  private static final int INSTRUCTION_BYTES = 8;
  private static final int FPROG_BYTES = 16;

  private SeccompFilters() {}

  /**
   * Whether a thread has any.
   *
   * @param core the thread
   * @return true when it is confined
   */
  public static boolean isConfined(ThreadCoreEntry core) {
    return core.hasSeccompMode() && core.getSeccompMode() != SeccompMode.disabled;
  }

  /**
   * Plans a thread's mode and filters: the last thing it does for us.
   *
   * @param core the thread
   * @param filters of all threads; null when the images have none
   * @param inherited what the thread has from birth: it is not installed twice
   * @param plan takes the data
   * @param program the thread's
   * @throws StasisException when the image lacks a filter
   */
  public static void plan(
      ThreadCoreEntry core,
      @Nullable SeccompEntry filters,
      InheritedFilters inherited,
      Plan plan,
      Program program)
      throws StasisException {
    if (!isConfined(core)) {
      return;
    }
    if (core.getSeccompMode() == SeccompMode.strict) {
      program.why("entering strict seccomp mode");
      program.call(SyscallNumber.SECCOMP, SECCOMP_SET_MODE_STRICT, 0, 0);
      return;
    }
    List<Integer> chain = new ArrayList<>();
    int index = core.getSeccompFilter();
    for (int left = filters == null ? 0 : filters.getSeccompFiltersCount(); ; left--) {
      if (filters == null || index >= filters.getSeccompFiltersCount() || left == 0) {
        throw new StasisException(
            program.why().task(), "restoring seccomp", "no filter " + index, 0, "", null);
      }
      SeccompFilter filter = filters.getSeccompFilters(index);
      chain.add(index);
      if (!filter.hasPrev()) {
        break;
      }
      index = filter.getPrev();
    }
    for (int each : inherited.missing(chain, filters)) {
      install(filters.getSeccompFilters(each), each, plan, program);
    }
  }

  private static void install(SeccompFilter filter, int index, Plan plan, Program program) {
    byte[] code = filter.getFilter().toByteArray();
    program.why("installing seccomp filter " + index);
    long program2 = plan.data(fprog(code.length / INSTRUCTION_BYTES));
    // struct sock_fprog holds a pointer, which is known only where it runs
    program.add(
        Verb.STORE64,
        Expect.ANY,
        Argument.channel(program2 + 8),
        Argument.channel(plan.data(code)));
    program.call(
        SyscallNumber.SECCOMP,
        Argument.of(SECCOMP_SET_MODE_FILTER),
        Argument.of(filter.getFlags() & 0xffffffffL),
        Argument.channel(program2));
  }

  private static byte[] fprog(int instructions) {
    return ByteBuffer.allocate(FPROG_BYTES)
        .order(ByteOrder.nativeOrder())
        .putShort((short) instructions)
        .array();
  }
}

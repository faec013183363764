package org.stasis.mounts;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.stasis.linux.Errno;
import org.stasis.linux.Syscall;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Operation;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;

/**
 * Runs programs as an agent would, but on the calling thread: what a thread can have of its own (a
 * mount namespace) can be rebuilt on it without any task.
 */
final class ProgramThread implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final MemorySegment channel;

  ProgramThread(Plan plan) {
    channel = arena.allocate(plan.sizeBytes(), 16);
    plan.layOut(channel, 0);
  }

  int word(long offset) {
    return channel.get(ValueLayout.JAVA_INT, offset);
  }

  void run(Program program) {
    List<Long> results = new ArrayList<>();
    for (Operation op : program.operations()) {
      long[] a = new long[6];
      for (int i = 0; i < op.arguments().size(); i++) {
        a[i] = value(op.arguments().get(i), results);
      }
      long result =
          switch (op.verb()) {
            case SYSCALL -> Syscall.raw(op.number(), a[0], a[1], a[2], a[3], a[4], a[5]);
            case STORE32 -> {
              channel.set(ValueLayout.JAVA_INT, a[0] - channel.address(), (int) a[1]);
              yield 0;
            }
            default -> throw new AssertionError("a verb no kind of this module uses: " + op);
          };
      results.add(result);
      if (!isExpected(op.expect(), result)) {
        throw new AssertionError(
            op.why().doing() + ": " + op + " = " + Errno.describe((int) -result));
      }
    }
  }

  private long value(Argument argument, List<Long> results) {
    return switch (argument.source()) {
      case IMMEDIATE -> argument.value();
      case CHANNEL -> channel.address() + argument.value();
      case RESULT -> results.get((int) argument.value());
      case WORD -> word(argument.value());
      case LONG -> channel.get(ValueLayout.JAVA_LONG, argument.value());
      case PROGRAM -> throw new AssertionError("a thread makes no tasks");
    };
  }

  private static boolean isExpected(Expect expect, long result) {
    boolean error = result < 0 && result >= -4095;
    return switch (expect.kind()) {
      case ANY -> true;
      case SUCCESS -> !error;
      case EQUAL -> result == expect.value();
      case SUCCESS_OR -> !error || result == expect.value();
    };
  }

  @Override
  public void close() {
    arena.close();
  }
}

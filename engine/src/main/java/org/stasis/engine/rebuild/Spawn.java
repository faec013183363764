package org.stasis.engine.rebuild;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Operation;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;
import org.stasis.linux.agent.Verb;

/**
 * Plans clone3(2) with a certain pid for what it makes, which goes on with a program of its own.
 */
final class Spawn {
  static final int SIGCHLD = 17;
  static final long CLONE_FS = 0x200;
  static final long CLONE_FILES = 0x400;
  static final long CLONE_PARENT = 0x8000;
  static final long CLONE_CLEAR_SIGHAND = 0x100000000L;

  /** CLONE_VM, FS, FILES, SIGHAND, THREAD, SYSVSEM. */
  static final long CLONE_THREAD = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000;

  private static final int CLONE_ARGS_BYTES = 88;
  private static final int SET_TID = 64;

  private final Plan plan;
  private final AgentArea area;

  Spawn(Plan plan, AgentArea area) {
    this.plan = plan;
    this.area = area;
  }

  /** Makes a process with a copy of the maker's memory. */
  Argument process(String doing, Program maker, Program child, long flags, int pid) {
    boolean sibling = (flags & CLONE_PARENT) != 0; // it ends as its maker does
    return make(doing, maker, child, flags, sibling ? 0 : SIGCHLD, pid, 0);
  }

  /** Makes a thread, which runs on the given stack: the maker's own is the first. */
  void thread(String doing, Program maker, Program thread, int tid, int stack) {
    make(doing, maker, thread, CLONE_THREAD, 0, tid, stack);
  }

  /** The pid that a step of a program asked for, of {@code set_tid} as it was when it ran. */
  static int pid(MemorySegment channel, Operation operation, AgentArea area) {
    long arguments = operation.arguments().getFirst().value();
    long tids = channel.get(ValueLayout.JAVA_LONG, arguments + SET_TID) - area.channel();
    return channel.get(ValueLayout.JAVA_INT, tids);
  }

  private Argument make(
      String doing, Program maker, Program made, long flags, int exitSignal, int tid, int stack) {
    maker.why(
        doing, "If pid " + tid + " is taken, end whoever has it, or restore into a pid namespace.");
    // struct clone_args of clone3(2)
    Argument arguments =
        plan.longs(
            flags,
            0,
            0,
            0,
            exitSignal,
            area.stacks() + stack * AgentArea.STACK,
            AgentArea.STACK,
            0,
            0,
            1,
            0);
    maker.add(
        Verb.STORE64, Expect.ANY, Argument.channel(arguments.value() + SET_TID), plan.ints(tid));
    return maker.add(
        Verb.SPAWN, Expect.SUCCESS, arguments, Argument.of(CLONE_ARGS_BYTES), made.reference());
  }
}

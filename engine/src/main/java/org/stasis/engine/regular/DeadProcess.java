package org.stasis.engine.regular;

import org.stasis.engine.spi.FilePlanner;
import org.stasis.linux.Signal;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;
import org.stasis.linux.agent.Provenance;
import org.stasis.linux.agent.Verb;

/**
 * Plans a process that lives only while something that refers to it is made: a file below its
 * directory in {@code /proc}, a pidfd. Nobody is told of its end.
 */
public final class DeadProcess {
  private static final int CLONE_ARGS_BYTES = 88;
  private static final int CLONE_PIDFD = 0x1000;
  private static final int PIDFD_POINTER = 8;
  private static final int SET_TID_POINTER = 64;
  private static final int WALL = 0x40000000;

  private final FilePlanner planner;
  private final Program program;
  private final Argument pid;
  private final Argument pidfd;

  private DeadProcess(FilePlanner planner, Program program, Argument pid, Argument pidfd) {
    this.planner = planner;
    this.program = program;
    this.pid = pid;
    this.pidfd = pidfd;
  }

  /**
   * Appends its birth.
   *
   * @param wanted its pid; 0 for any
   * @param planner of the cluster
   * @return the process
   */
  public static DeadProcess planBirth(int wanted, FilePlanner planner) {
    Program program = planner.program();
    Plan plan = planner.plan();
    Program life = plan.program(new Provenance(program.why().task(), "being there", ""));
    life.call(SyscallNumber.GETPID, new Argument[0]); // then it waits
    Argument pidfd = plan.ints(0);
    // struct clone_args of clone3(2)
    Argument arguments = plan.longs(CLONE_PIDFD, 0, 0, 0, 0, 0, 0, 0, 0, wanted == 0 ? 0 : 1, 0);
    store(program, arguments.value() + PIDFD_POINTER, pidfd);
    if (wanted != 0) {
      store(program, arguments.value() + SET_TID_POINTER, plan.ints(wanted));
    }
    Argument pid =
        program.add(
            Verb.SPAWN, Expect.SUCCESS, arguments, Argument.of(CLONE_ARGS_BYTES), life.reference());
    return new DeadProcess(planner, program, pid, Argument.word(pidfd.value()));
  }

  private static void store(Program program, long offset, Argument address) {
    program.add(Verb.STORE64, Expect.ANY, Argument.channel(offset), address);
  }

  /**
   * A pidfd of it, which stays open.
   *
   * @return the descriptor
   */
  public Argument pidfd() {
    return pidfd;
  }

  /**
   * Its pid.
   *
   * @return as the maker sees it
   */
  public Argument pid() {
    return pid;
  }

  /** Appends its end. */
  public void planEnd() {
    program.call(SyscallNumber.KILL, pid, Argument.of(Signal.SIGKILL));
    program.call(
        SyscallNumber.WAIT4,
        pid,
        Argument.channel(planner.plan().reserve(Integer.BYTES)),
        Argument.of(WALL),
        Argument.ZERO);
  }
}

package org.stasis.engine.rebuild;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.ActionListener;
import org.stasis.engine.RootAgent;
import org.stasis.engine.StasisException;
import org.stasis.engine.UndoStep;
import org.stasis.engine.capture.Tracer;
import org.stasis.engine.spi.EngineAction;
import org.stasis.engine.spi.RebuiltTree;
import org.stasis.engine.spi.Stage;
import org.stasis.engine.x86.XsaveLayout;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Futex;
import org.stasis.linux.Mapping;
import org.stasis.linux.Memfd;
import org.stasis.linux.Processes;
import org.stasis.linux.Signal;
import org.stasis.linux.SyscallException;
import org.stasis.linux.agent.AgentBlob;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Channel;
import org.stasis.linux.agent.Liveness;
import org.stasis.linux.agent.Operation;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;
import org.stasis.linux.agent.ProgramHead;
import org.stasis.linux.agent.Verb;

/**
 * Carries out a plan: gives it to the root agent, conducts the tasks from barrier to barrier, and
 * has them held by ptrace when all is done. Whatever fails, {@link #kill} leaves nothing behind.
 */
public final class RebuildExecution implements RebuiltTree {
  private static final Logger LOG = LoggerFactory.getLogger(RebuildExecution.class);
  private static final int PROT_READ_WRITE = 3;
  private static final int PROT_READ_EXEC = 5;
  private static final long LOOK_AROUND_NANOS = 20_000_000;
  private static final long TEND_NANOS = 100_000;

  private final Rebuild rebuild;
  private final RootAgent rootAgent;
  private final ActionListener actions;
  private final AgentBlob blob;
  private final Tracer tracer;
  private final XsaveLayout xsave;
  private final @Nullable BoxTracing box;
  private final Map<Integer, Integer> hostPids = new HashMap<>();
  private final List<RestoredThread> threads = new ArrayList<>();
  private final UndoList undoList;
  private Channel channel = new Channel(MemorySegment.NULL);
  private Plan.@Nullable LaidOut laidOut;

  /**
   * Prepares to carry out a plan.
   *
   * @param rebuild the plan
   * @param rootAgent in whose place the tree is made
   * @param actions told of the stages
   * @param blob the agent
   * @param tracer waits for threads
   * @param xsave where this processor keeps extended state
   * @param box the container that is filled; null when the tree is made by the root agent
   */
  public RebuildExecution(
      Rebuild rebuild,
      RootAgent rootAgent,
      ActionListener actions,
      AgentBlob blob,
      Tracer tracer,
      XsaveLayout xsave,
      @Nullable BoxTracing box) {
    this.rebuild = rebuild;
    this.rootAgent = rootAgent;
    this.actions = actions;
    this.blob = blob;
    this.tracer = tracer;
    this.xsave = xsave;
    this.box = box;
    // one that becomes the root task takes no orders meanwhile
    this.undoList = new UndoList(box == null ? rootAgent : null);
  }

  /**
   * Makes the tree: every thread is held by ptrace, about to do what it would have done after the
   * dump.
   *
   * @param liveness of the session's thread
   * @throws StasisException when it failed; call {@link #kill}
   */
  public void make(Liveness liveness) throws StasisException {
    AgentArea area = rebuild.area();
    boolean made = false;
    if (rebuild.plan().sizeBytes() > area.channelBytes()) {
      throw failure("laying out the plan", "it takes more room than foreseen");
    }
    try (Fd shared = Memfd.create("stasis-channel", Memfd.MFD_CLOEXEC | Memfd.MFD_ALLOW_SEALING);
        Fd code = Memfd.create("stasis-agent", Memfd.MFD_CLOEXEC)) {
      shared.truncate(area.channelBytes());
      code.truncate(area.codeBytes());
      code.write(blob.code(), 0, blob.sizeBytes());
      try (Mapping mapping = Mapping.shared(shared, area.channelBytes())) {
        channel = new Channel(mapping.memory());
        laidOut = rebuild.plan().layOut(mapping.memory(), 0);
        liveness.watch(mapping.memory());
        try {
          rootAgent.map(code, area.start(), area.codeBytes(), PROT_READ_EXEC);
          rootAgent.map(shared, area.channel(), area.channelBytes(), PROT_READ_WRITE);
          rootAgent.mapStack(area.stacks(), area.stackBytes());
          run(laidOut);
          made = true;
        } finally {
          if (!made) {
            liveness.abandon(mapping.memory()); // reaches those too whose pid is not known yet
          }
          liveness.forget(mapping.memory());
        }
      }
    } catch (SyscallException e) {
      throw new StasisException("", "rebuilding", "", e);
    } catch (IOException e) {
      throw new StasisException("", "rebuilding", e.toString(), 0, "", e);
    }
  }

  private void run(Plan.LaidOut programs) throws StasisException, IOException {
    AgentArea area = rebuild.area();
    for (DescriptorNumbers.Provided file : rebuild.provided()) {
      try (Fd fd = file.file().open()) {
        rootAgent.keep(fd, file.number());
      }
    }
    for (Map.Entry<Integer, Integer> passed : rebuild.passedOn().entrySet()) {
      try (Fd fd = rootAgent.descriptor(passed.getKey())) {
        rootAgent.keep(fd, passed.getValue());
      }
    }
    rootAgent.startProgram(
        area.start() + (box == null ? blob.rootEntry() : blob.boxEntry()),
        area.channel(),
        programs.offset(rebuild.rootAgent()),
        area.stacks() + AgentArea.STACK);
    int rootPid = box == null ? awaitRoot(programs) : rootAgent.pid();
    hostPids.put(root(), rootPid);
    LOG.info("Made the root task, pid {}", rootPid);
    for (Rebuild.Barrier barrier : rebuild.barriers()) {
      arrive(programs, barrier);
    }
    for (Map.Entry<Integer, Program> task : rebuild.leaders().entrySet()) {
      awaitDone(programs, task.getValue(), rebuild.tasks().get(task.getKey()).describe());
    }
    for (Program thread : rebuild.threads().values()) {
      awaitDone(programs, thread, "");
    }
    for (RestoredThread thread : threads) {
      thread.halt();
    }
    for (RestoredThread thread : threads) {
      thread.becomeItself(blob, area, xsave);
    }
  }

  private int awaitRoot(Plan.LaidOut programs) throws StasisException, SyscallException {
    try {
      awaitDone(programs, rebuild.rootAgent(), "");
    } finally {
      rootAgent.awaitProgram(); // it listens again, also after a failure
    }
    Argument pid = java.util.Objects.requireNonNull(rebuild.rootPid(), "of a tree that is made");
    return (int) programs.result(channel.memory(), rebuild.rootAgent(), pid);
  }

  private void arrive(Plan.LaidOut programs, Rebuild.Barrier barrier)
      throws StasisException, IOException {
    await(
        programs,
        "the tasks before " + barrier.stage(),
        () -> channel.word(barrier.word()) >= barrier.participants());
    if (barrier.stage().compareTo(Stage.FORK) > 0 && hostPids.size() == 1) {
      hostPids.putAll(new HostPids(rebuild.tasks()).find(root(), hostPids.get(root())));
    }
    for (EngineAction action : barrier.actions()) {
      action.run(this);
    }
    if (barrier.stage() == Stage.FILTERS) {
      seize();
    }
    channel.release(barrier.stage().ordinal());
  }

  /** Before the filters come: from now on they are suspended. */
  private void seize() throws IOException {
    boolean held = box != null && box.holdsAll();
    for (TaskImages task : rebuild.tasks().values()) {
      if (!task.isZombie()) {
        threads.addAll(RestoredThread.seizeAll(task, hostPids.get(task.pid()), tracer, held));
      }
    }
  }

  private void awaitDone(Plan.LaidOut programs, Program program, String whose)
      throws StasisException, SyscallException {
    await(
        programs, whose, () -> programs.state(channel.memory(), program) == ProgramHead.State.DONE);
  }

  private void await(
      Plan.LaidOut programs, String what, java.util.function.BooleanSupplier condition)
      throws StasisException, SyscallException {
    for (; ; ) {
      int events = channel.events();
      if (condition.getAsBoolean()) {
        return;
      }
      var failed = programs.failure(channel.memory());
      if (failed.isPresent()) {
        throw explain(failed.get());
      }
      if (tracer.cancelled()) {
        throw failure("waiting for " + what, "the caller is gone");
      }
      if (box != null && box.holdsAll()) {
        box.tend();
      }
      if (!Futex.await(channel.eventsWord(), events, lookAroundNanos())) {
        checkAlive(what);
      }
    }
  }

  /** What stops for its tracer rings no bell. */
  private long lookAroundNanos() {
    return box != null && box.holdsAll() ? TEND_NANOS : LOOK_AROUND_NANOS;
  }

  private StasisException explain(Plan.Failure failure) {
    Operation operation = failure.operation();
    String problem =
        failure.errno() == 0
            ? operation + " resulted in " + failure.result()
            : operation.toString();
    if (operation.verb() == Verb.SPAWN && failure.errno() == Errno.EEXIST.number()) {
      int pid = Spawn.pid(channel.memory(), operation, rebuild.area());
      problem =
          "pid "
              + pid
              + " is taken by "
              + String.join(", ", PidHolders.of(pid, hostPids.getOrDefault(root(), 0)));
    }
    return new StasisException(
        operation.why().task(),
        operation.why().doing(),
        problem,
        failure.errno(),
        operation.why().remedy(),
        null);
  }

  private void checkAlive(String what) throws StasisException {
    for (Map.Entry<Integer, Integer> task : hostPids.entrySet()) {
      if (rebuild.leaders().containsKey(task.getKey()) && isDead(task.getValue())) {
        throw new StasisException(
            rebuild.tasks().get(task.getKey()).describe(),
            "waiting for " + what,
            "it was killed while it was being restored",
            0,
            "Look for the kernel's out-of-memory killer.",
            null);
      }
    }
  }

  private static boolean isDead(int pid) {
    return HostPids.isDead(pid);
  }

  private static StasisException failure(String doing, String problem) {
    return new StasisException("", doing, problem, 0, "", null);
  }

  /**
   * Lets every thread go, all that were stopped at the dump excepted.
   *
   * @throws StasisException when a thread is gone
   */
  public void release() throws StasisException {
    try {
      for (RestoredThread thread : threads) {
        thread
            .outliveUs(); // all before the first is let go: if we die, all go on or nearly all end
      }
      undoList.forgetAll(); // a launcher that had not heard of it finds the cgroups in use
      for (RestoredThread thread : threads) {
        thread.detach();
      }
    } catch (SyscallException e) {
      throw new StasisException("", "releasing the tasks", "", e);
    }
  }

  /** Ends whatever has been made so far, and waits until it has ended. */
  public void kill() {
    if (hostPids.isEmpty() && box != null) {
      hostPids.put(root(), rootAgent.pid());
    }
    for (int pid : hostPids.values()) {
      try {
        Processes.kill(pid, Signal.SIGKILL);
      } catch (SyscallException e) {
        LOG.debug("killing {}: {}", pid, e.getMessage());
      }
    }
    try {
      tracer.awaitSurely(
          "the end of the tasks made",
          () -> {
            reapTraced();
            return hostPids.values().stream().allMatch(HostPids::isDead);
          });
    } catch (SyscallException e) {
      LOG.warn("{}", e.getMessage());
    }
  }

  /**
   * Undoes what was to be undone, once nobody of the tree is left.
   *
   * @param failure why; takes what cannot be undone
   */
  void undo(StasisException failure) {
    undoList.perform(failure);
  }

  @Override
  public void undoLater(UndoStep step) throws SyscallException {
    undoList.add(step);
  }

  @Override
  public void forget(UndoStep step) throws SyscallException {
    undoList.forget(step);
  }

  /**
   * The first process of a pid namespace ends when all others there have been reaped, and those
   * that we trace we have to reap before anybody else can.
   */
  private static void reapTraced() {
    try {
      Tracer.takeChanges((tid, status) -> LOG.debug("{}: {}", tid, status));
    } catch (SyscallException e) {
      LOG.debug("reaping traced tasks: {}", e.getMessage());
    }
  }

  @Override
  public int hostPid(int task) {
    Integer pid = hostPids.get(task);
    if (pid == null) {
      throw new IllegalStateException("task " + task + " does not exist yet");
    }
    return pid;
  }

  @Override
  public int root() {
    return rebuild.tasks().keySet().iterator().next();
  }

  @Override
  public RootAgent rootAgent() {
    return rootAgent;
  }

  @Override
  public ActionListener actions() {
    return actions;
  }

  @Override
  public int word(long offset) {
    return channel.word(offset);
  }
}

package org.stasis.engine.rebuild;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.stasis.engine.rebuild.TaskPlan.ThreadPrograms;
import org.stasis.engine.sessions.Births;
import org.stasis.engine.spi.EngineAction;
import org.stasis.engine.spi.Stage;
import org.stasis.linux.ResourceLimit;
import org.stasis.linux.SyscallException;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Channel;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;
import org.stasis.linux.agent.Provenance;
import org.stasis.linux.agent.Verb;

/**
 * Puts the stages together: one program for each task and thread, with the barriers between them,
 * births in the right order, and one program for the root agent that makes the root task.
 */
final class ProgramAssembly {
  private static final int SIGNAL_MASK_BYTES = 8;
  private static final int SIG_SETMASK = 2;
  private static final int RLIMIT_CORE = 4;
  private static final int RLIMIT_NOFILE = 7;

  /** Hard limits are hardly ever lower. */
  private static final int USUAL_DESCRIPTORS = 1024;

  private static final long EVERYTHING = 0xffffffffL;
  private static final Provenance PREPARING = new Provenance("", "preparing the launcher", "");

  private final Plan plan;
  private final AgentArea area;
  private final DescriptorNumbers numbers;
  private final boolean sibling;
  private final long cloneFlags;
  private final boolean fillsBox;
  private final Map<Integer, TaskImages> tasks;
  private final Map<Integer, ThreadPrograms> threadPrograms;
  private final Map<Integer, EnumMap<Stage, Program>> fragments;
  private final Spawn spawn;
  private final BirthPrograms births;

  private final Map<Integer, Program> leaders = new LinkedHashMap<>();
  private final Map<Integer, Program> zombies = new HashMap<>();
  private final Map<Integer, Program> threads = new LinkedHashMap<>();
  private final EnumMap<Stage, Rebuild.Barrier> barriers = new EnumMap<>(Stage.class);

  ProgramAssembly(
      Plan plan,
      AgentArea area,
      DescriptorNumbers numbers,
      Map<Integer, TaskImages> tasks,
      Map<Integer, EnumMap<Stage, Program>> fragments,
      Map<Integer, ThreadPrograms> threadPrograms,
      Births births,
      boolean sibling,
      long cloneFlags,
      boolean fillsBox) {
    this.plan = plan;
    this.area = area;
    this.numbers = numbers;
    this.tasks = tasks;
    this.fragments = fragments;
    this.threadPrograms = threadPrograms;
    this.sibling = sibling;
    this.cloneFlags = cloneFlags;
    this.fillsBox = fillsBox;
    this.spawn = new Spawn(plan, area);
    this.births = new BirthPrograms(plan, spawn, tasks, births, this::program, fillsBox);
  }

  /**
   * Puts everything together.
   *
   * @param rootAgentPart what the root agent has to do before there is a root task
   * @param afterwards what it does when there is one
   * @param actions of the engine, by the barrier they belong to
   * @param pages how many pages come from the images
   */
  Rebuild assemble(
      Program rootAgentPart,
      Program afterwards,
      EnumMap<Stage, List<EngineAction>> actions,
      long pages)
      throws SyscallException {
    for (TaskImages task : tasks.values()) {
      Program program = plan.program(new Provenance(task.describe(), "starting", ""));
      (task.isZombie() ? zombies : leaders).put(task.pid(), program);
      for (int i = 1; i < task.cores().size() && !task.isZombie(); i++) {
        int tid = task.entry().getThreads(i);
        threads.put(
            tid, plan.program(new Provenance(task.describe(), "restoring thread " + tid, "")));
      }
    }
    births.planGroups(this::fragment);
    placeBarriers(actions);
    TaskImages first = tasks.values().iterator().next();
    Program root = fillsBox ? program(first) : plan.program(PREPARING);
    raiseDescriptorLimit(root);
    root.append(rootAgentPart);
    for (TaskImages task : tasks.values()) {
      if (task.isZombie()) {
        assembleZombie(task);
      } else {
        assemble(task);
      }
    }
    Argument pid = fillsBox ? null : makeRoot(root, first);
    if (!fillsBox) {
      root.append(afterwards);
    }
    return new Rebuild(
        plan,
        root,
        pid,
        area,
        tasks,
        leaders,
        threads,
        List.copyOf(barriers.values()),
        List.copyOf(numbers.provided()),
        Map.copyOf(numbers.inheritedFrom()),
        pages);
  }

  private Argument makeRoot(Program launcher, TaskImages first) {
    return spawn.process(
        "making " + first.describe(),
        launcher,
        program(first),
        cloneFlags | Spawn.CLONE_CLEAR_SIGHAND | (sibling ? Spawn.CLONE_PARENT : 0),
        first.pid());
  }

  /**
   * Temporary numbers may lie above the limits: above the soft one, or, where there are many, above
   * the hard one too, which only CAP_SYS_RESOURCE raises. The tasks get their own limits later.
   */
  private void raiseDescriptorLimit(Program root) throws SyscallException {
    root.why("raising the limits of descriptors");
    if (numbers.end() > USUAL_DESCRIPTORS) {
      long most = ResourceLimit.mostDescriptors();
      root.call(
          Expect.ANY,
          SyscallNumber.PRLIMIT64,
          Argument.ZERO,
          Argument.of(RLIMIT_NOFILE),
          plan.longs(most, most),
          Argument.ZERO);
    }
    Argument limit = plan.longs(0, 0);
    root.call(
        SyscallNumber.PRLIMIT64, Argument.ZERO, Argument.of(RLIMIT_NOFILE), Argument.ZERO, limit);
    root.add(Verb.STORE64, Expect.ANY, limit, Argument.longWord(limit.value() + Long.BYTES));
    root.call(
        SyscallNumber.PRLIMIT64, Argument.ZERO, Argument.of(RLIMIT_NOFILE), limit, Argument.ZERO);
  }

  private Program program(TaskImages task) {
    return (task.isZombie() ? zombies : leaders).get(task.pid());
  }

  private Program fragment(int task, Stage stage) {
    return fragments
        .computeIfAbsent(task, _ -> new EnumMap<>(Stage.class))
        .computeIfAbsent(
            stage, _ -> Program.fragment(new Provenance(tasks.get(task).describe(), "", "")));
  }

  private void placeBarriers(EnumMap<Stage, List<EngineAction>> actions) {
    for (Stage stage : Stage.values()) {
      List<EngineAction> work = actions.getOrDefault(stage, List.of());
      if (!stage.barrier()) {
        continue;
      }
      boolean crowd = leaders.size() > 1 && stage.compareTo(Stage.FORK) > 0 && hasWork(stage);
      boolean always = stage == Stage.FILTERS || (stage == Stage.RELEASE && everybody() > 1);
      if (work.isEmpty() && !crowd && !always) {
        continue;
      }
      int participants =
          stage.compareTo(Stage.FORK) < 0
              ? 1
              : stage.compareTo(Stage.THREADS) < 0 ? leaders.size() : everybody();
      barriers.put(
          stage, new Rebuild.Barrier(stage, plan.reserve(4), participants, List.copyOf(work)));
    }
  }

  private int everybody() {
    return leaders.size() + threads.size();
  }

  private boolean hasWork(Stage stage) {
    for (EnumMap<Stage, Program> task : fragments.values()) {
      Program part = task.get(stage);
      if (part != null && !part.operations().isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private void assemble(TaskImages task) {
    Program program = leaders.get(task.pid());
    boolean root = task.entry().getPpid() == 0;
    birth(program, root);
    for (Stage stage : Stage.values()) {
      if (root || stage.compareTo(Stage.FORK) > 0) {
        barrier(stage, program);
      }
      if (stage == Stage.FORK) {
        births.fork(task, fragment(task.pid(), Stage.SESSION), program);
      }
      if (stage != Stage.SESSION) {
        program.append(fragment(task.pid(), stage));
      }
      if (stage == Stage.THREADS) {
        spawnThreads(task, program);
      }
      if (stage == Stage.RELEASE) {
        program.why("closing what only the restore needed");
        program.call(SyscallNumber.CLOSE_RANGE, numbers.base(), EVERYTHING, 0);
      }
    }
    program.why("waiting to be released");
    program.add(Verb.PARK, Expect.ANY);
  }

  private void birth(Program program, boolean root) {
    program.why("blocking signals");
    program.call(
        SyscallNumber.RT_SIGPROCMASK,
        Argument.of(SIG_SETMASK),
        plan.longs(-1L),
        Argument.ZERO,
        Argument.of(SIGNAL_MASK_BYTES));
    if (root) {
      program.why("closing the launcher's descriptors");
      program.call(SyscallNumber.CLOSE_RANGE, 0, numbers.base() - 1, 0);
    }
  }

  private void barrier(Stage stage, Program program) {
    Rebuild.Barrier barrier = barriers.get(stage);
    if (barrier == null) {
      return;
    }
    program.why("waiting before " + stage);
    program.add(Verb.ARRIVE, Expect.ANY, Argument.of(barrier.word()));
    program.add(Verb.AWAIT, Expect.ANY, Channel.stageWord(), Argument.of(stage.ordinal()));
  }

  private void spawnThreads(TaskImages task, Program program) {
    for (int i = 1; i < task.cores().size(); i++) {
      int tid = task.entry().getThreads(i);
      Program thread = threads.get(tid);
      spawn.thread("making thread " + tid, program, thread, tid, i);
      ThreadPrograms parts = threadPrograms.get(tid);
      thread.append(parts.state());
      barrier(Stage.FILTERS, thread);
      thread.append(parts.filters());
      barrier(Stage.RELEASE, thread);
      thread.why("waiting to be released");
      thread.add(Verb.PARK, Expect.ANY);
    }
  }

  private void assembleZombie(TaskImages task) {
    Program program = zombies.get(task.pid());
    int code = task.core().getTc().getExitCode();
    int signal = code & 0x7f;
    births.begin(task, fragment(task.pid(), Stage.SESSION), program);
    program.why("ending as it ended");
    org.stasis.engine.threads.ThreadRegistrations.planName(
        task.core().getTc().getComm(), plan, program);
    if (signal != 0) {
      program.call(
          SyscallNumber.PRLIMIT64,
          Argument.ZERO,
          Argument.of(RLIMIT_CORE),
          plan.longs(0, 0),
          Argument.ZERO);
      program.call(
          SyscallNumber.RT_SIGPROCMASK,
          Argument.of(SIG_SETMASK),
          plan.longs(0),
          Argument.ZERO,
          Argument.of(SIGNAL_MASK_BYTES));
      program.call(SyscallNumber.KILL, task.pid(), signal);
    }
    program.call(SyscallNumber.EXIT_GROUP, code >> 8 & 0xff);
  }
}

package org.stasis.engine.rebuild;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.credentials.Credentials;
import org.stasis.engine.limits.ProcessRatings;
import org.stasis.engine.limits.ResourceLimits;
import org.stasis.engine.limits.Scheduling;
import org.stasis.engine.memory.Inheritance;
import org.stasis.engine.memory.InheritancePlan;
import org.stasis.engine.memory.MappingPlan;
import org.stasis.engine.memory.PagePlan;
import org.stasis.engine.memory.VdsoLayout;
import org.stasis.engine.seccomp.InheritedFilters;
import org.stasis.engine.seccomp.SeccompFilters;
import org.stasis.engine.sessions.Births;
import org.stasis.engine.signals.AlternateStack;
import org.stasis.engine.signals.SignalActions;
import org.stasis.engine.signals.SignalQueues;
import org.stasis.engine.spi.BoxInit;
import org.stasis.engine.spi.Stage;
import org.stasis.engine.threads.ThreadRegistrations;
import org.stasis.engine.threads.ThreadSettings;
import org.stasis.engine.timers.IntervalTimers;
import org.stasis.engine.timers.PosixTimers;
import org.stasis.images.ImageKind;
import org.stasis.images.proto.CoreEntry;
import org.stasis.images.proto.FsEntry;
import org.stasis.images.proto.SeccompEntry;
import org.stasis.images.proto.TaskCoreEntry;
import org.stasis.images.proto.ThreadCoreEntry;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Argument;
import org.stasis.linux.agent.Expect;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;
import org.stasis.linux.agent.Provenance;

/**
 * Plans what a task and its threads are, apart from their files: memory, signals, credentials, ….
 */
final class TaskPlan {
  private static final int SIGCHLD = 17;
  private static final int PR_SET_DUMPABLE = 4;
  private static final int PR_SET_CHILD_SUBREAPER = 36;
  private static final int MEMBARRIER_COMMANDS = 10;

  private final RebuildPlanner planner;
  private final AgentArea area;
  private final VdsoLayout vdso;
  private final PagePlan pages;
  private final @Nullable SeccompEntry seccomp;
  private final InheritedFilters inherited;
  private final Births births;
  private final Map<Integer, Inheritance> inheritances = new HashMap<>();
  private final Map<Integer, ThreadPrograms> threads = new HashMap<>();

  /**
   * What a thread that is not a leader does, before and after everybody is held by ptrace.
   *
   * @param state registrations
   * @param filters filters, then credentials: who has lost its privileges installs no filter
   */
  record ThreadPrograms(Program state, Program filters) {}

  TaskPlan(RebuildPlanner planner, AgentArea area, VdsoLayout vdso, Births births)
      throws IOException {
    this.planner = planner;
    this.births = births;
    this.area = area;
    this.vdso = vdso;
    this.pages = new PagePlan(planner);
    this.inherited = new InheritedFilters(planner.box().map(BoxInit::filters).orElse(List.of()));
    this.seccomp = planner.images().find(ImageKind.SECCOMP, SeccompEntry.parser());
  }

  Map<Integer, ThreadPrograms> plan(Map<Integer, TaskImages> tasks)
      throws IOException, StasisException {
    planInheritances(tasks.values());
    Set<Integer> movedByParent = new HashSet<>();
    Set<Integer> movesOthers = new HashSet<>();
    for (TaskImages task : tasks.values()) {
      TaskImages parent = tasks.get(task.entry().getPpid());
      if (task.sharesDirectories(parent)) {
        movedByParent.add(task.pid());
        movesOthers.add(parent.pid());
      }
    }
    ProcessRatings ratings = new ProcessRatings();
    planner.before(Stage.FILTERS, ratings);
    for (TaskImages task : tasks.values()) {
      if (!task.isZombie()) {
        ratings.add(task.pid(), task.describe(), task.core().getTc(), task.mappings());
        if (!movedByParent.contains(task.pid())) {
          planDirectories(task, movesOthers.contains(task.pid()));
        }
        plan(task);
      }
    }
    return threads;
  }

  /** Which memory tasks have from their parents, as far as these make them. */
  private void planInheritances(Collection<TaskImages> tasks) throws IOException {
    Map<Integer, List<TaskImages>> children = new HashMap<>();
    for (TaskImages task : tasks) {
      if (!task.isZombie()) {
        inheritances.put(task.pid(), Inheritance.nothing());
        if (!births.madeByOther(task.pid())) {
          children.computeIfAbsent(task.entry().getPpid(), _ -> new ArrayList<>()).add(task);
        }
      }
    }
    for (TaskImages parent : tasks) {
      List<TaskImages> made = children.get(parent.pid());
      boolean isLauncher = planner.box().isPresent() && parent.entry().getPpid() == 0;
      if (made == null || parent.isZombie() || isLauncher) {
        continue; // the launcher needs its own memory for longer
      }
      try (InheritancePlan plan =
          InheritancePlan.of(
              planner.images().directory(),
              parent.pid(),
              inheritances.get(parent.pid()),
              parent.mappings().getVmasList())) {
        for (TaskImages child : made) {
          if (plan != null) {
            inheritances.put(child.pid(), plan.child(child.pid(), child.mappings().getVmasList()));
          }
        }
      }
    }
  }

  /** How many pages the tasks get from the images. */
  long pages() {
    return pages.pages();
  }

  private void plan(TaskImages task) throws IOException, StasisException {
    planMemory(task);
    TaskCoreEntry core = task.core().getTc();
    ThreadCoreEntry leader = task.core().getThreadCore();
    planProcessState(task, core);
    Program state = planner.program(task.pid(), Stage.STATE);
    planThreadState(task, task.core(), task.pid(), state);
    if (!leader.hasComm()) {
      ThreadRegistrations.planName(core.getComm(), planner.plan(), state);
    }
    SeccompFilters.plan(
        leader, seccomp, inherited, planner.plan(), planner.program(task.pid(), Stage.FILTERS));
    Program credentials = planner.program(task.pid(), Stage.CREDENTIALS);
    planCredentials(leader, credentials);
    credentials.why("setting dumpable");
    if (task.mappings().hasDumpable() && task.mappings().getDumpable() != 2) {
      credentials.call(SyscallNumber.PRCTL, PR_SET_DUMPABLE, task.mappings().getDumpable());
    }
    Program release = planner.program(task.pid(), Stage.RELEASE);
    if (core.hasTimers()) {
      IntervalTimers.plan(core.getTimers(), planner.plan(), release);
      PosixTimers.planArming(core.getTimers(), planner.plan(), release);
    }
    planThreads(task);
  }

  private void planThreads(TaskImages task) throws StasisException {
    for (int i = 1; i < task.cores().size(); i++) {
      int tid = task.entry().getThreads(i);
      CoreEntry core = task.cores().get(i);
      Provenance why = new Provenance(task.describe(), "restoring thread " + tid, "");
      ThreadPrograms programs = new ThreadPrograms(Program.fragment(why), Program.fragment(why));
      planThreadState(task, core, tid, programs.state());
      SeccompFilters.plan(
          core.getThreadCore(), seccomp, inherited, planner.plan(), programs.filters());
      planCredentials(core.getThreadCore(), programs.filters());
      threads.put(tid, programs);
    }
  }

  /**
   * Once for all that share them (CLONE_FS), and then when nobody looks for a file by its path any
   * more.
   */
  private void planDirectories(TaskImages task, boolean shared) throws StasisException {
    FsEntry fs = task.directories();
    Program program = planner.program(task.pid(), shared ? Stage.FILTERS : Stage.FILE_SYSTEM);
    boolean ownRoot =
        planner
            .file(fs.getRootId())
            .map(file -> !file.getReg().getName().equals("/"))
            .orElse(false);
    if (ownRoot) {
      program.why("changing the root directory");
      program.call(SyscallNumber.FCHDIR, planner.descriptor(task.pid(), fs.getRootId()));
      program.call(SyscallNumber.CHROOT, planner.plan().text("."));
    }
    program.why("changing the working directory");
    program.call(SyscallNumber.FCHDIR, planner.descriptor(task.pid(), fs.getCwdId()));
    if (fs.hasUmask()) {
      program.call(SyscallNumber.UMASK, fs.getUmask());
    }
  }

  private void planMemory(TaskImages task) throws IOException, StasisException {
    Program program = planner.program(task.pid(), Stage.MEMORY);
    Inheritance inheritance = inheritances.get(task.pid());
    MappingPlan mappings =
        new MappingPlan(planner, task.pid(), task.mappings(), inheritance, pages, program);
    if (inheritance.passesOn()) {
      mappings.planEarly(
          area.start(), area.end(), planner.program(task.pid(), Stage.SHARED_MEMORY));
    }
    mappings.planMappings(area.start(), area.end(), vdso);
    mappings.planAfterPages();
    mappings.planMm();
  }

  private void planProcessState(TaskImages task, TaskCoreEntry core) throws StasisException {
    Plan plan = planner.plan();
    Program program = planner.program(task.pid(), Stage.STATE);
    program.why("forgetting that children of ours ended");
    program.call(
        Expect.ANY,
        SyscallNumber.RT_SIGTIMEDWAIT,
        plan.longs(1L << (SIGCHLD - 1)),
        Argument.ZERO,
        plan.longs(0, 0),
        Argument.of(8));
    SignalActions.plan(core, plan, program);
    if (core.hasSignalsS()) {
      SignalQueues.planShared(core.getSignalsS(), task.pid(), plan, program);
    }
    if (core.hasTimers()) {
      PosixTimers.planCreation(core.getTimers(), plan, program);
    }
    if (core.getChildSubreaper()) {
      Program birth = planner.program(task.pid(), Stage.BIRTH); // orphans may come from then on
      birth.why("becoming a child subreaper");
      birth.call(SyscallNumber.PRCTL, PR_SET_CHILD_SUBREAPER, 1);
    }
    if (core.getPersonality() != 0) {
      program.why("setting the personality");
      // images hold the hexadecimal text of /proc read as a decimal number
      program.call(
          SyscallNumber.PERSONALITY,
          Long.parseLong(Integer.toUnsignedString(core.getPersonality()), 16));
    }
    for (int bit = 0; bit < MEMBARRIER_COMMANDS; bit++) {
      if ((core.getMembarrierRegistrationMask() & 1 << bit) != 0) {
        program.why("registering for membarrier");
        program.call(SyscallNumber.MEMBARRIER, 1L << bit, 0, 0);
      }
    }
    if (core.hasRlimits()) {
      ResourceLimits.plan(core.getRlimits(), plan, program);
    }
  }

  private void planThreadState(TaskImages task, CoreEntry core, int tid, Program program)
      throws StasisException {
    Plan plan = planner.plan();
    ThreadCoreEntry thread = core.getThreadCore();
    ThreadRegistrations.plan(thread, core.getThreadInfo().getClearTidAddr(), plan, program);
    if (thread.hasSas()) {
      AlternateStack.plan(thread.getSas(), plan, program);
    }
    if (thread.hasSignalsP()) {
      SignalQueues.planPrivate(thread.getSignalsP(), task.pid(), tid, plan, program);
    }
    Scheduling.plan(thread, plan, program);
    ThreadSettings.plan(thread, program);
  }

  private void planCredentials(ThreadCoreEntry thread, Program program) throws StasisException {
    if (thread.hasCreds()) {
      Credentials.plan(thread.getCreds(), planner.plan(), program);
    }
    ThreadRegistrations.planParentDeathSignal(thread, program);
  }
}

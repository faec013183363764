package org.stasis.engine.rebuild;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.stasis.engine.StasisException;
import org.stasis.engine.sessions.Births;
import org.stasis.engine.sessions.Member;
import org.stasis.engine.sessions.Problem;
import org.stasis.engine.sessions.Step;
import org.stasis.engine.spi.Stage;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Plan;
import org.stasis.linux.agent.Program;
import org.stasis.linux.agent.Provenance;

/** What tasks do to bring each other into the world, as {@link Births} has it. */
final class BirthPrograms {
  private static final int P_PID = 1;
  private static final int WEXITED = 4;
  private static final int WNOWAIT = 0x01000000;

  private final Plan plan;
  private final Spawn spawn;
  private final Map<Integer, TaskImages> tasks;
  private final Function<TaskImages, Program> programs;
  private final Births births;
  private final List<TaskImages> zombies;
  private final boolean fillsBox;

  BirthPrograms(
      Plan plan,
      Spawn spawn,
      Map<Integer, TaskImages> tasks,
      Births births,
      Function<TaskImages, Program> programs,
      boolean fillsBox) {
    this.fillsBox = fillsBox;
    this.plan = plan;
    this.spawn = spawn;
    this.tasks = tasks;
    this.programs = programs;
    this.births = births;
    this.zombies = tasks.values().stream().filter(TaskImages::isZombie).toList();
  }

  /** Decides who is born of whom. */
  static Births plan(Map<Integer, TaskImages> tasks) throws StasisException {
    List<Member> members = new ArrayList<>();
    for (TaskImages task : tasks.values()) {
      members.add(
          new Member(
              task.pid(),
              task.entry().getPpid(),
              task.entry().getSid(),
              task.entry().getPgid(),
              task.isZombie(),
              task.core().getTc().getChildSubreaper(),
              task.describe()));
    }
    Births births = new Births(members, new SparePids(tasks.values()));
    for (Problem problem : births.problems()) {
      throw new StasisException(
          tasks.get(problem.task()).describe(),
          "restoring its " + problem.object(),
          problem.reason(),
          0,
          "",
          null);
    }
    return births;
  }

  /** Makes those it has to make, and waits for the end of those that ended. */
  void fork(TaskImages task, Program ofSession, Program program) {
    begin(task, ofSession, program);
    for (TaskImages child : zombies) {
      if (child.entry().getPpid() == task.pid() && !births.madeByOther(child.pid())) {
        awaitZombie(child, program);
      }
    }
  }

  /** Brings it into its session or group, and those into the world that get theirs from it. */
  void begin(TaskImages task, Program ofSession, Program program) {
    for (Step step : births.before(task.pid())) {
      take(step, task, program);
    }
    Step own = births.own(task.pid());
    boolean given = fillsBox && task.entry().getPpid() == 0; // the runtime began the session
    if (own != null && !given) {
      take(own, task, program);
    }
    program.append(ofSession);
    for (Step step : births.after(task.pid())) {
      take(step, task, program);
    }
  }

  private void take(Step step, TaskImages task, Program program) {
    switch (step) {
      case Step.Make(int pid, boolean sibling) -> make(tasks.get(pid), sibling, program);
      case Step.BeginSession() -> {
        program.why("beginning a session");
        program.call(SyscallNumber.SETSID, 0);
      }
      case Step.BeginGroup() -> {
        program.why("beginning a process group");
        program.call(SyscallNumber.SETPGID, 0, 0);
      }
      case Step.MakeOrphan(int passing, int pid) -> {
        Program parent = passing(task, "being the parent of " + tasks.get(pid).describe());
        make(tasks.get(pid), false, parent);
        end(parent);
        passing(passing, parent, sharedBy(List.of(tasks.get(pid))), program);
        reap(passing, WEXITED, program);
      }
      case Step.StandIn(int session, List<Step.Make> makes) -> {
        Program leader = passing(task, "standing in for the leader of session " + session);
        leader.call(SyscallNumber.SETSID, 0);
        List<TaskImages> made = new ArrayList<>();
        for (Step.Make make : makes) {
          take(make, task, leader);
          made.add(tasks.get(make.task()));
        }
        end(leader);
        passing(session, leader, sharedBy(made), program);
        reap(session, WEXITED, program);
      }
      case Step.FoundGroup(int group) -> {
        Program leader = passing(task, "standing in for the leader of process group " + group);
        leader.call(SyscallNumber.SETPGID, 0, 0);
        end(leader);
        passing(group, leader, 0, program);
        reap(group, WEXITED | WNOWAIT, program); // joined before it goes
        program.call(SyscallNumber.SETPGID, 0, group);
        reap(group, WEXITED, program);
      }
    }
  }

  private Program passing(TaskImages task, String doing) {
    return plan.program(new Provenance(task.describe(), doing, ""));
  }

  private void passing(int pid, Program child, long flags, Program program) {
    spawn.process("making process " + pid + " for a moment", program, child, flags, pid);
  }

  private static void end(Program program) {
    program.call(SyscallNumber.EXIT_GROUP, 0);
  }

  private static void reap(int pid, long options, Program program) {
    program.why("waiting for the end of process " + pid);
    program.call(SyscallNumber.WAITID, P_PID, pid, 0, options, 0);
  }

  private static void awaitZombie(TaskImages zombie, Program program) {
    program.why("waiting for the end of " + zombie.describe());
    program.call(SyscallNumber.WAITID, P_PID, zombie.pid(), 0, WEXITED | WNOWAIT, 0);
  }

  /** Once everybody is there: groups of others, also for children that have ended. */
  void planGroups(BiFunction<Integer, Stage, Program> fragment) {
    for (TaskImages task : tasks.values()) {
      boolean late = births.madeByOther(task.pid());
      boolean joins = births.joins(task.pid());
      if (task.isZombie() && (late || joins)) {
        Program parent = fragment.apply(task.entry().getPpid(), Stage.GROUPS);
        awaitZombie(task, parent);
        if (joins) {
          join(task.pid(), task, parent);
        }
      } else if (joins) {
        join(0, task, fragment.apply(task.pid(), Stage.GROUPS));
      }
    }
  }

  private static void join(int pid, TaskImages task, Program program) {
    program.why("joining process group " + task.entry().getPgid());
    program.call(SyscallNumber.SETPGID, pid, task.entry().getPgid());
  }

  private void make(TaskImages task, boolean sibling, Program program) {
    spawn.process(
        "making " + task.describe(),
        program,
        programs.apply(task),
        sharedBy(List.of(task)) | (sibling ? Spawn.CLONE_PARENT : 0),
        task.pid());
  }

  /** CLONE_FILES and CLONE_FS for whoever makes tasks of which one shares these with its parent. */
  private long sharedBy(List<TaskImages> made) {
    long flags = 0;
    for (TaskImages task : made) {
      TaskImages parent = tasks.get(task.entry().getPpid());
      flags |= task.sharesDescriptors(parent) ? Spawn.CLONE_FILES : 0;
      flags |= task.sharesDirectories(parent) ? Spawn.CLONE_FS : 0;
    }
    return flags;
  }
}

package org.stasis.engine.rebuild;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.Stage;
import org.stasis.linux.SyscallNumber;
import org.stasis.linux.agent.Program;

/**
 * Sessions and process groups. A child belongs to the session its parent had when it was born, so
 * children whose session is not their parent's were born before the parent began its own. Leaders
 * make their groups when they are born; others join once everybody is there.
 */
final class Sessions {
  private final Map<Integer, TaskImages> tasks;
  private final Map<Integer, List<TaskImages>> children = new HashMap<>();
  private final TaskImages root;

  Sessions(Map<Integer, TaskImages> tasks) throws StasisException {
    this.tasks = tasks;
    this.root = tasks.values().iterator().next();
    for (TaskImages task : tasks.values()) {
      children.computeIfAbsent(task.entry().getPpid(), _ -> new ArrayList<>()).add(task);
    }
    for (TaskImages task : tasks.values()) {
      check(task, task.entry().getSid(), root.entry().getSid(), "session");
      if (task.entry().getPgid() != 0) {
        check(task, task.entry().getPgid(), root.entry().getPgid(), "process group");
      }
    }
  }

  /**
   * A leader may be missing only where the root task is in somebody else's session: a shell job.
   */
  private void check(TaskImages task, int leader, int foreign, String what) throws StasisException {
    boolean outside = !isSessionLeader(root) && leader == foreign;
    if (!tasks.containsKey(leader) && !outside) {
      throw new StasisException(
          task.describe(),
          "restoring its " + what,
          "the leader " + leader + " is gone, which is not carried yet",
          0,
          "",
          null);
    }
  }

  private static boolean isSessionLeader(TaskImages task) {
    return task.entry().getSid() == task.pid();
  }

  List<TaskImages> children(TaskImages task) {
    return children.getOrDefault(task.pid(), List.of());
  }

  /** The session a task must be born in; 0 when any will do. */
  private int birthSession(TaskImages task) {
    if (!isSessionLeader(task)) {
      return task.entry().getSid();
    }
    for (TaskImages child : children(task)) {
      int needed = birthSession(child);
      if (needed != 0 && needed != task.entry().getSid()) {
        return needed;
      }
    }
    return 0;
  }

  private boolean isBornBefore(TaskImages parent, TaskImages child) {
    int session = birthSession(child);
    return isSessionLeader(parent) && session != 0 && session != parent.entry().getSid();
  }

  List<TaskImages> bornBeforeSession(TaskImages task) {
    return children(task).stream().filter(child -> isBornBefore(task, child)).toList();
  }

  List<TaskImages> bornInSession(TaskImages task) {
    return children(task).stream().filter(child -> !isBornBefore(task, child)).toList();
  }

  /** Plans a task's own session or group. */
  void planSession(TaskImages task, Program program) {
    if (isSessionLeader(task)) {
      program.why("beginning a session");
      program.call(SyscallNumber.SETSID, 0);
    } else if (task.entry().getPgid() == task.pid()) {
      program.why("beginning a process group");
      program.call(SyscallNumber.SETPGID, 0, 0);
    }
  }

  /** Plans the joining of groups that others lead. */
  void planGroups(BiFunction<Integer, Stage, Program> fragment) {
    for (TaskImages task : tasks.values()) {
      if (!task.isZombie() && mustJoin(task)) {
        Program program = fragment.apply(task.pid(), Stage.GROUPS);
        program.why("joining process group " + task.entry().getPgid());
        program.call(SyscallNumber.SETPGID, 0, task.entry().getPgid());
      }
    }
  }

  private boolean mustJoin(TaskImages task) {
    int group = task.entry().getPgid();
    if (group == 0 || group == task.pid() || !tasks.containsKey(group)) {
      return false;
    }
    // a child born after its parent became a leader is in that group already
    TaskImages parent = tasks.get(task.entry().getPpid());
    return parent == null || group != parent.pid() || isBornBefore(parent, task);
  }
}

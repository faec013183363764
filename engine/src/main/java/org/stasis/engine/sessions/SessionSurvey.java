package org.stasis.engine.sessions;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.stasis.engine.Obstacle;
import org.stasis.engine.spi.CaptureContext;

/** Finds out before a dump whether its tree's sessions and groups can be made again. */
public final class SessionSurvey {
  private SessionSurvey() {}

  /**
   * A task as the dump sees it.
   *
   * @param member with ids of the tree's pid namespace
   * @param session id of its session in the engine's pid namespace
   * @param group id of its process group in the engine's pid namespace
   */
  public record Seen(Member member, int session, int group) {}

  /**
   * Reports what is in the way.
   *
   * @param context takes the obstacles, and has the options
   * @param tasks of one tree, the root first and parents before their children
   */
  public static void check(CaptureContext context, List<Seen> tasks) {
    Seen root = tasks.getFirst();
    List<Member> members = new ArrayList<>();
    Set<Integer> pids = new HashSet<>();
    for (Seen task : tasks) {
      members.add(task.member());
      pids.add(task.member().pid());
    }
    int count = 0;
    for (Seen task : tasks) {
      Member member = task.member();
      boolean ofRoot = member.session() == root.member().session();
      if (member.session() == 0) {
        count++;
        obstacle(context, member, "its session is led by process " + task.session());
      } else if (task == root && !member.leadsSession() && !context.options().shellJob()) {
        count++;
        context.obstacle(
            new Obstacle(
                member.name(),
                "session " + member.session(),
                "The root process " + member.pid() + " is not a session leader",
                "Consider using --shell-job option"));
      } else if (!ofRoot && !pids.contains(member.session()) && exists(task.session())) {
        count++;
        obstacle(context, member, "its session is led by process " + task.session());
      } else if (!pids.contains(member.group())
          && member.group() != root.member().group()
          && exists(task.group())) {
        count++;
        obstacle(context, member, "its process group is led by process " + task.group());
      }
    }
    if (count == 0) {
      for (Problem problem : new Births(members, () -> 0).problems()) {
        Member task = members.get(indexOf(problem.task(), members));
        context.obstacle(new Obstacle(task.name(), problem.object(), problem.reason(), ""));
      }
    }
  }

  private static void obstacle(CaptureContext context, Member member, String what) {
    context.obstacle(
        new Obstacle(
            member.name(),
            "session " + member.session() + ", process group " + member.group(),
            what + " outside of the tree",
            ""));
  }

  private static int indexOf(int pid, List<Member> members) {
    for (int i = 0; i < members.size(); i++) {
      if (members.get(i).pid() == pid) {
        return i;
      }
    }
    throw new IllegalArgumentException("no task " + pid);
  }

  private static boolean exists(int pid) {
    return pid != 0 && Files.exists(Path.of("/proc/" + pid));
  }
}

package org.stasis.engine.sessions;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Who is born of whom, and when. A task gets its session and group from the task that makes it and
 * its parent from there too, with two exceptions: {@code CLONE_PARENT} of clone(2), and that
 * orphans are adopted. So:
 *
 * <ul>
 *   <li>A child in its parent's session is made by the parent once that has begun the session.
 *   <li>A child in the session its parent was born in is made before the parent begins its own.
 *   <li>An adopted child, in a session that another task leads, is made by that leader.
 *   <li>Where that leader has ended and was waited for, a child with its pid stands in for it.
 * </ul>
 *
 * Those who are born into another group than theirs join it once everybody is there.
 */
public final class Births {
  private static final int OUTSIDE = -1;

  private final Map<Integer, Member> members = new LinkedHashMap<>();
  private final Map<Integer, List<Member>> children = new HashMap<>();
  private final Member root;
  private final Map<Integer, Integer> bornIn = new HashMap<>();
  private final Map<Integer, Integer> groupAtBirth = new HashMap<>();
  private final Map<Integer, List<Step>> before = new HashMap<>();
  private final Map<Integer, List<Step>> after = new HashMap<>();
  private final Map<Integer, Step> own = new HashMap<>();
  private final Map<Integer, StandInOf> standIns = new HashMap<>();
  private final Set<Integer> founded = new HashSet<>();
  private final Set<Integer> joining = new HashSet<>();
  private final Set<Integer> madeByOthers = new HashSet<>();
  private final List<Problem> problems = new ArrayList<>();
  private final IntSupplier sparePids;

  private record StandInOf(int parent, List<Step.Make> births) {}

  /**
   * Makes the plan.
   *
   * @param tasks of one tree, the root first and parents before their children
   * @param sparePids gives pids that nobody has, for processes that live for a moment
   */
  public Births(List<Member> tasks, IntSupplier sparePids) {
    this.sparePids = sparePids;
    root = tasks.getFirst();
    for (Member task : tasks) {
      members.put(task.pid(), task);
      children.computeIfAbsent(task.parent(), _ -> new ArrayList<>()).add(task);
    }
    bornIn.put(root.pid(), root.leadsSession() ? OUTSIDE : root.session());
    groupAtBirth.put(root.pid(), root.leadsGroup() ? OUTSIDE : root.group());
    begin(root);
    for (Member task : tasks) {
      if (task != root) {
        place(task, members.get(task.parent()));
        begin(task);
      }
    }
  }

  /**
   * What is in the way.
   *
   * @return nothing, if the plan can be carried out
   */
  public List<Problem> problems() {
    return problems;
  }

  /**
   * What a task does before it begins a session or group of its own.
   *
   * @param task its pid
   * @return in order
   */
  public List<Step> before(int task) {
    return before.getOrDefault(task, List.of());
  }

  /**
   * How a task comes to a session or group of its own.
   *
   * @param task its pid
   * @return null when it stays in the one it was born in, or joins another later
   */
  public @Nullable Step own(int task) {
    return own.get(task);
  }

  /**
   * What a task does when it has its own session and group.
   *
   * @param task its pid
   * @return in order
   */
  public List<Step> after(int task) {
    return after.getOrDefault(task, List.of());
  }

  /**
   * Whether a task joins its process group once everybody is there; a zombie's parent does it.
   *
   * @param task its pid
   * @return false when it is in its group already
   */
  public boolean joins(int task) {
    return joining.contains(task);
  }

  /**
   * Whether a task is made by another than its parent, at a moment the parent knows nothing of.
   *
   * @param task its pid
   * @return true when its parent may look for it only once everybody is there
   */
  public boolean madeByOther(int task) {
    return madeByOthers.contains(task);
  }

  /** The session a task must be born in; 0 when any will do. */
  private int wantedSession(Member task) {
    if (!task.leadsSession()) {
      return task.session();
    }
    if (task.subreaper()) {
      return 0; // children in other sessions are adopted ones
    }
    for (Member child : children(task)) {
      int wanted = wantedSession(child);
      if (wanted != 0 && wanted != task.session() && !isBelow(members.get(wanted), task)) {
        return wanted;
      }
    }
    return 0;
  }

  /** The group a task should be born in; 0 when any will do. */
  private int wantedGroup(Member task) {
    if (task.leadsSession()) {
      return 0;
    }
    if (!task.leadsGroup()) {
      return task.group();
    }
    for (Member child : children(task)) {
      int wanted = child.session() == task.session() ? wantedGroup(child) : 0;
      if (wanted != 0 && wanted != task.pid()) {
        return wanted;
      }
    }
    return 0;
  }

  private List<Member> children(Member task) {
    return children.getOrDefault(task.pid(), List.of());
  }

  private boolean isBelow(@Nullable Member task, Member ancestor) {
    for (Member at = task; at != null; at = members.get(at.parent())) {
      if (at == ancestor) {
        return true;
      }
    }
    return false;
  }

  private void place(Member task, Member parent) {
    int wanted = wantedSession(task);
    if (wanted == 0 || wanted == parent.session()) {
      int group = wantedGroup(task);
      boolean early =
          !parent.leadsSession()
              && group != 0
              && group == groupAtBirth.get(parent.pid())
              && group != groupOf(parent);
      (early ? beforeOf(parent.pid()) : afterOf(parent.pid()))
          .add(new Step.Make(task.pid(), false));
      bornIn.put(task.pid(), parent.session());
      groupAtBirth.put(task.pid(), early ? group : groupOf(parent));
      return;
    }
    if (parent.leadsSession() && wanted == bornIn.get(parent.pid())) {
      beforeOf(parent.pid()).add(new Step.Make(task.pid(), false));
      bornIn.put(task.pid(), wanted);
      groupAtBirth.put(task.pid(), groupAtBirth.get(parent.pid()));
      return;
    }
    bornIn.put(task.pid(), wanted);
    groupAtBirth.put(task.pid(), wanted);
    Member leader = members.get(wanted);
    if (leader == null) {
      placeByStandIn(task, parent, wanted);
    } else {
      placeByLeader(task, parent, leader);
    }
  }

  private void placeByLeader(Member task, Member parent, Member leader) {
    if (isBelow(leader, task)) {
      problem(task, "session " + leader.pid(), "its leader is among the task's descendants");
      return;
    }
    madeByOthers.add(task.pid());
    if (leader.parent() == parent.pid()) {
      afterOf(leader.pid()).add(new Step.Make(task.pid(), true));
    } else if (reaper(leader.parent()) != parent.pid()) {
      problem(task, "session " + leader.pid(), "none of it would be adopted by the task's parent");
    } else if (leader.zombie()) {
      afterOf(leader.pid()).add(new Step.Make(task.pid(), false));
    } else {
      afterOf(leader.pid()).add(new Step.MakeOrphan(sparePids.getAsInt(), task.pid()));
    }
  }

  private void placeByStandIn(Member task, Member parent, int session) {
    if (session == root.session()) {
      problem(task, "session " + session, "only the root task's descendants can be born in it");
      return;
    }
    StandInOf standIn = standIns.get(session);
    if (standIn == null) {
      standIn = new StandInOf(parent.pid(), new ArrayList<>());
      standIns.put(session, standIn);
      afterOf(parent.pid()).add(new Step.StandIn(session, standIn.births()));
    }
    boolean sibling = standIn.parent() == parent.pid();
    if (!sibling && reaper(standIn.parent()) != parent.pid()) {
      problem(task, "session " + session, "its members have several parents outside of it");
      return;
    }
    if (!sibling) {
      madeByOthers.add(task.pid());
    }
    standIn.births().add(new Step.Make(task.pid(), sibling));
  }

  /** Who adopts the children of a child of the given task; 0 for somebody outside of the tree. */
  private int reaper(int parent) {
    for (Member at = members.get(parent); at != null; at = members.get(at.parent())) {
      if (at.subreaper() || (at == root && at.pid() == 1)) {
        return at.pid();
      }
    }
    return 0;
  }

  private void begin(Member task) {
    int group = task.group();
    if (task.leadsSession()) {
      own.put(task.pid(), new Step.BeginSession());
    } else if (task.leadsGroup()) {
      own.put(task.pid(), new Step.BeginGroup());
    } else if (group != 0 && group != groupAtBirth.get(task.pid())) {
      if (group == root.group() && !root.leadsGroup()) {
        problem(task, "process group " + group, "it is not one of the tree, and not inherited");
      } else if (!members.containsKey(group) && !isLost(group) && founded.add(group)) {
        own.put(task.pid(), new Step.FoundGroup(group));
      } else if (task.zombie() && members.get(task.parent()).session() != task.session()) {
        problem(task, "process group " + group, "a zombie in another session than its parent");
      } else {
        joining.add(task.pid());
      }
    }
  }

  /** Whether the id is that of a session whose leader has ended: the stand-in begins the group. */
  private boolean isLost(int session) {
    for (Member task : members.values()) {
      if (task.session() == session) {
        return true;
      }
    }
    return false;
  }

  /** The group a task is in when it makes children that belong to its session. */
  private int groupOf(Member task) {
    return switch (own.get(task.pid())) {
      case Step.FoundGroup founded -> founded.group();
      case null -> groupAtBirth.get(task.pid());
      default -> task.pid();
    };
  }

  private List<Step> beforeOf(int task) {
    return before.computeIfAbsent(task, _ -> new ArrayList<>());
  }

  private List<Step> afterOf(int task) {
    return after.computeIfAbsent(task, _ -> new ArrayList<>());
  }

  private void problem(Member task, String object, String reason) {
    problems.add(new Problem(task.pid(), object, reason));
  }
}

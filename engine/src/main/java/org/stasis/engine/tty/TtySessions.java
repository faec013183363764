package org.stasis.engine.tty;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.TaskView;
import org.stasis.linux.Device;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;
import org.stasis.linux.proc.TaskStat;
import org.stasis.linux.proc.TaskStatus;

/**
 * Whose controlling terminals are whose. Only members of its session may ask a terminal (TIOCGSID),
 * but each task tells its own in {@code /proc}.
 */
final class TtySessions {
  private final Map<Device, Session> byTerminal = new HashMap<>();
  private final Map<Integer, Session> byTask = new HashMap<>();

  /**
   * A session with a terminal.
   *
   * @param sid its id as in the images
   * @param foreground the foreground group as in the images, 0 when it is not seen
   */
  record Session(int sid, int foreground) {
    static final Session NONE = new Session(0, 0);
  }

  private record Member(TaskView task, TaskStat stat, TaskStatus status) {}

  /**
   * Asks all tasks.
   *
   * @param tasks the tree
   * @return their terminals
   * @throws StasisException when one cannot be asked
   */
  static TtySessions of(List<? extends TaskView> tasks) throws StasisException {
    TtySessions sessions = new TtySessions();
    Map<Integer, Integer> groups = new HashMap<>();
    Map<Integer, Member> members = new HashMap<>();
    for (TaskView view : tasks) {
      try (ProcFs proc = ProcFs.open();
          ProcTask task = proc.task(view.pid())) {
        Member member = new Member(view, task.stat(), task.status());
        members.put(view.pid(), member);
        groups.put(member.stat().pgrp(), member.status().nsPgid().getLast());
      } catch (SyscallException e) {
        throw new StasisException(view.describe(), "asking for its terminal", "", e);
      }
    }
    for (Member member : members.values()) {
      if (member.stat().ttyNr() != 0) {
        sessions.add(member, groups);
      }
    }
    return sessions;
  }

  private void add(Member member, Map<Integer, Integer> groups) {
    int foreground = member.stat().tpgid();
    boolean sameNamespace = member.status().nsPid().size() == 1;
    Integer known = groups.get(foreground);
    int translated = known != null ? known : sameNamespace ? Math.max(foreground, 0) : 0;
    Session session = new Session(member.status().nsSid().getLast(), translated);
    Device terminal = Device.ofUserEncoding(Integer.toUnsignedLong(member.stat().ttyNr()));
    byTerminal.put(terminal, session);
    byTask.put(member.task().pid(), session);
  }

  /** The session of a terminal; {@link Session#NONE} when no task of the tree is in it. */
  Session of(Device terminal) {
    return byTerminal.getOrDefault(terminal, Session.NONE);
  }

  /** The session with the controlling terminal of a task, or null when it has no terminal. */
  @Nullable Session of(TaskView task) {
    return byTask.get(task.pid());
  }
}

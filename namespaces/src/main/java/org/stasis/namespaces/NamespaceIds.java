package org.stasis.namespaces;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.stasis.engine.options.NamespaceKind;
import org.stasis.images.proto.TaskKobjIdsEntry;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.ProcTask;

/**
 * The numbers that images give namespaces: counted from 1 over all kinds, in the order in which
 * they are first seen, the caller's first.
 */
final class NamespaceIds {
  /** The order in which the namespaces of one task are numbered. */
  static final List<NamespaceKind> ORDER =
      List.of(
          NamespaceKind.PID,
          NamespaceKind.NET,
          NamespaceKind.IPC,
          NamespaceKind.UTS,
          NamespaceKind.TIME,
          NamespaceKind.MNT,
          NamespaceKind.USER,
          NamespaceKind.CGROUP);

  private final Map<Long, Integer> ids = new HashMap<>(); // inodes are unique over all kinds

  /**
   * The namespaces of a task.
   *
   * @param inodes of their files; 0 for a kind that the kernel has not
   * @param ids their numbers in images, 0 likewise
   */
  record Of(Map<NamespaceKind, Long> inodes, Map<NamespaceKind, Integer> ids) {
    long inode(NamespaceKind kind) {
      return inodes.getOrDefault(kind, 0L);
    }

    int id(NamespaceKind kind) {
      return ids.getOrDefault(kind, 0);
    }
  }

  /** Looks at the namespaces of a task and numbers those not seen before. */
  Of look(ProcTask task) throws SyscallException {
    Map<NamespaceKind, Long> inodes = new EnumMap<>(NamespaceKind.class);
    Map<NamespaceKind, Integer> numbers = new EnumMap<>(NamespaceKind.class);
    for (NamespaceKind kind : ORDER) {
      long inode = task.namespace(kind.word());
      inodes.put(kind, inode);
      numbers.put(kind, inode == 0 ? 0 : number(inode));
    }
    return new Of(inodes, numbers);
  }

  private int number(long inode) {
    Integer known = ids.putIfAbsent(inode, ids.size() + 1);
    return known == null ? ids.size() : known;
  }

  /** Puts numbers into an entry; those of kinds that the kernel has not are left out. */
  static void write(Of of, TaskKobjIdsEntry.Builder entry) {
    for (NamespaceKind kind : ORDER) {
      int id = of.id(kind);
      if (id != 0) {
        set(entry, kind, id);
      }
    }
  }

  private static void set(TaskKobjIdsEntry.Builder entry, NamespaceKind kind, int id) {
    switch (kind) {
      case PID -> entry.setPidNsId(id);
      case NET -> entry.setNetNsId(id);
      case IPC -> entry.setIpcNsId(id);
      case UTS -> entry.setUtsNsId(id);
      case TIME -> entry.setTimeNsId(id);
      case MNT -> entry.setMntNsId(id);
      case USER -> entry.setUserNsId(id);
      case CGROUP -> entry.setCgroupNsId(id);
    }
  }

  /** A number from an entry, 0 when it has none of that kind. */
  static int read(TaskKobjIdsEntry entry, NamespaceKind kind) {
    return switch (kind) {
      case PID -> entry.getPidNsId();
      case NET -> entry.getNetNsId();
      case IPC -> entry.getIpcNsId();
      case UTS -> entry.getUtsNsId();
      case TIME -> entry.getTimeNsId();
      case MNT -> entry.getMntNsId();
      case USER -> entry.getUserNsId();
      case CGROUP -> entry.getCgroupNsId();
    };
  }
}

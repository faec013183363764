package org.stasis.shim.runc;

import java.util.ArrayList;
import java.util.List;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;
import org.stasis.linux.proc.TaskStatus;

/**
 * The capabilities that the first process of a container needs until it is the checkpointed one:
 * all that whoever calls the runtime can give. Names and bits are those of capabilities(7).
 */
final class AgentPrivileges {
  private static final List<String> NAMES =
      List.of(
          "CAP_CHOWN",
          "CAP_DAC_OVERRIDE",
          "CAP_DAC_READ_SEARCH",
          "CAP_FOWNER",
          "CAP_FSETID",
          "CAP_KILL",
          "CAP_SETGID",
          "CAP_SETUID",
          "CAP_SETPCAP",
          "CAP_LINUX_IMMUTABLE",
          "CAP_NET_BIND_SERVICE",
          "CAP_NET_BROADCAST",
          "CAP_NET_ADMIN",
          "CAP_NET_RAW",
          "CAP_IPC_LOCK",
          "CAP_IPC_OWNER",
          "CAP_SYS_MODULE",
          "CAP_SYS_RAWIO",
          "CAP_SYS_CHROOT",
          "CAP_SYS_PTRACE",
          "CAP_SYS_PACCT",
          "CAP_SYS_ADMIN",
          "CAP_SYS_BOOT",
          "CAP_SYS_NICE",
          "CAP_SYS_RESOURCE",
          "CAP_SYS_TIME",
          "CAP_SYS_TTY_CONFIG",
          "CAP_MKNOD",
          "CAP_LEASE",
          "CAP_AUDIT_WRITE",
          "CAP_AUDIT_CONTROL",
          "CAP_SETFCAP",
          "CAP_MAC_OVERRIDE",
          "CAP_MAC_ADMIN",
          "CAP_SYSLOG",
          "CAP_WAKE_ALARM",
          "CAP_BLOCK_SUSPEND",
          "CAP_AUDIT_READ",
          "CAP_PERFMON",
          "CAP_BPF",
          "CAP_CHECKPOINT_RESTORE");

  private AgentPrivileges() {}

  /**
   * Those of a process.
   *
   * @param pid whose effective and bounding sets
   * @return names, as configurations of containers have them
   */
  static List<String> of(int pid) throws SyscallException {
    try (ProcFs proc = ProcFs.open();
        ProcTask task = proc.task(pid)) {
      TaskStatus.Capabilities sets = task.status().capabilities();
      return named(sets.effective() & sets.bounding());
    }
  }

  static List<String> named(long bits) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < NAMES.size(); i++) {
      if ((bits & 1L << i) != 0) {
        names.add(NAMES.get(i));
      }
    }
    return names;
  }
}

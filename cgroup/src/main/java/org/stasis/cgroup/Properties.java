package org.stasis.cgroup;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Which settings of a group are carried, by controller: those that an administrator or a container
 * engine sets, not those that count or report.
 */
final class Properties {
  /** Membership files: carried for their owner and mode alone. */
  static final List<String> MEMBERS = List.of("cgroup.procs", "tasks");

  /** The state of the freezer: who restores a tree wants it to run. */
  static final List<String> NEVER_RESTORED =
      List.of("freezer.state", "cgroup.freeze", "cgroup.type");

  static final String DEVICES = "devices.list";
  static final String OOM_CONTROL = "memory.oom_control";
  static final String SUBTREE_CONTROL = "cgroup.subtree_control";

  private static final List<String> EVERY_OLD =
      List.of("cgroup.clone_children", "notify_on_release", "cgroup.procs", "tasks");

  private static final List<String> UNIFIED =
      List.of(
          SUBTREE_CONTROL,
          "cgroup.max.descendants",
          "cgroup.max.depth",
          "cgroup.freeze",
          "cgroup.type",
          "cpu.weight",
          "cpu.max",
          "cpu.max.burst",
          "cpu.idle",
          "cpuset.cpus",
          "cpuset.mems",
          "cpuset.cpus.partition",
          "io.weight",
          "memory.min",
          "memory.low",
          "memory.high",
          "memory.max",
          "memory.swap.high",
          "memory.swap.max",
          "memory.zswap.max",
          "memory.oom.group",
          "pids.max");

  private static final Map<String, List<String>> OLD =
      Map.ofEntries(
          Map.entry(
              "cpu",
              List.of(
                  "cpu.shares",
                  "cpu.cfs_period_us",
                  "cpu.cfs_quota_us",
                  "cpu.rt_period_us",
                  "cpu.rt_runtime_us")),
          Map.entry(
              "memory",
              List.of(
                  "memory.limit_in_bytes",
                  "memory.memsw.limit_in_bytes",
                  "memory.swappiness",
                  "memory.soft_limit_in_bytes",
                  "memory.move_charge_at_immigrate",
                  OOM_CONTROL,
                  "memory.use_hierarchy",
                  "memory.kmem.limit_in_bytes",
                  "memory.kmem.tcp.limit_in_bytes")),
          Map.entry(
              "cpuset",
              List.of(
                  "cpuset.cpus",
                  "cpuset.mems",
                  "cpuset.memory_migrate",
                  "cpuset.cpu_exclusive",
                  "cpuset.mem_exclusive",
                  "cpuset.mem_hardwall",
                  "cpuset.memory_spread_page",
                  "cpuset.memory_spread_slab",
                  "cpuset.sched_load_balance",
                  "cpuset.sched_relax_domain_level")),
          Map.entry("blkio", List.of("blkio.weight")),
          Map.entry("freezer", List.of("freezer.state")),
          Map.entry("net_cls", List.of("net_cls.classid")),
          Map.entry("net_prio", List.of("net_prio.ifpriomap")),
          Map.entry("pids", List.of("pids.max")),
          Map.entry("devices", List.of(DEVICES)));

  private Properties() {}

  /**
   * The settings carried for groups of a hierarchy.
   *
   * @param hierarchy its name as images have it
   * @return names of files, in the order in which they are to be set
   */
  static List<String> of(String hierarchy) {
    if (hierarchy.isEmpty()) {
      return UNIFIED;
    }
    List<String> names = new ArrayList<>();
    for (String controller : hierarchy.split(",", -1)) {
      names.addAll(OLD.getOrDefault(controller, List.of()));
    }
    names.addAll(EVERY_OLD);
    return names;
  }
}

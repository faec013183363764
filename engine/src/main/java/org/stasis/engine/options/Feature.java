package org.stasis.engine.options;

import java.util.Optional;

/** Features of kernel and machine that a check can be asked for by name. */
public enum Feature {
  /** The mount id of an open file is known. */
  MNT_ID("mnt_id"),
  /** Changes of memory can be tracked, as incremental dumps need. */
  MEM_DIRTY_TRACK("mem_dirty_track"),
  /** Rings of asynchronous I/O can be moved. */
  AIO_REMAP("aio_remap"),
  /** Timer descriptors can be dumped. */
  TIMERFD("timerfd"),
  /** TUN devices can be dumped. */
  TUN("tun"),
  /** TUN devices can be dumped with their network namespace. */
  TUN_NS("tun_ns"),
  /** User namespaces. */
  USERNS("userns"),
  /** File locks are shown with their descriptors. */
  FDINFO_LOCK("fdinfo_lock"),
  /** Seccomp can be suspended while a task is traced. */
  SECCOMP_SUSPEND("seccomp_suspend"),
  /** Seccomp filters can be read. */
  SECCOMP_FILTERS("seccomp_filters"),
  /** The login user can be read and set. */
  LOGINUID("loginuid"),
  /** Cgroup namespaces. */
  CGROUPNS("cgroupns"),
  /** Automounter file systems. */
  AUTOFS("autofs"),
  /** TCP connections closed on one side can be restored. */
  TCP_HALF_CLOSED("tcp_half_closed"),
  /** 32-bit tasks. */
  COMPAT_CR("compat_cr"),
  /** userfaultfd(2). */
  UFFD("uffd"),
  /** userfaultfd(2) with events for fork, remap and unmap, as lazy pages need. */
  UFFD_NONCOOP("uffd-noncoop"),
  /** The kernel maps the vDSO where it is told to. */
  CAN_MAP_VDSO("can_map_vdso"),
  /** The network namespace of a socket is known. */
  SK_NS("sk_ns"),
  /** The file a Unix socket is bound to can be opened. */
  SK_UNIX_FILE("sk_unix_file"),
  /** Raw sockets can be dumped. */
  NET_DIAG_RAW("net_diag_raw"),
  /** Ids of network namespaces. */
  NSID("nsid"),
  /** The namespace of a network device is known. */
  LINK_NSID("link_nsid"),
  /** Targets of epoll can be compared. */
  KCMP_EPOLL("kcmp_epoll"),
  /** Time namespaces. */
  TIMENS("timens"),
  /** External network namespaces. */
  EXTERNAL_NET_NS("external_net_ns"),
  /** Tasks are created with chosen ids. */
  CLONE3_SET_TID("clone3_set_tid"),
  /** Network devices are created with chosen indices. */
  NEWIFINDEX("newifindex"),
  /** nftables rules can be dumped and restored. */
  NFTABLES("nftables"),
  /** The old iptables interface is there. */
  HAS_IPT_LEGACY("has_ipt_legacy"),
  /** pidfds of clients can be kept, to notice that a pid was used anew. */
  PIDFD_STORE("pidfd_store"),
  /** Process ids can be translated between namespaces. */
  NS_PID("ns_pid"),
  /** AppArmor profiles can be stacked. */
  APPARMOR_STACKING("apparmor_stacking"),
  /** Connections can be kept silent by nftables. */
  NETWORK_LOCK_NFTABLES("network_lock_nftables"),
  /** Locks of socket buffer sizes can be read and set. */
  SOCKOPT_BUF_LOCK("sockopt_buf_lock"),
  /** memfds on huge pages. */
  MEMFD_HUGETLB("memfd_hugetlb"),
  /** Mounts can be put into the sharing group of others. */
  MOVE_MOUNT_SET_GROUP("move_mount_set_group"),
  /** openat2(2). */
  OPENAT2("openat2"),
  /** The rseq(2) registration of a task can be read. */
  GET_RSEQ_CONF("get_rseq_conf"),
  /** IPv6 sockets can be bound to foreign addresses. */
  IPV6_FREEBIND("ipv6_freebind"),
  /** The PAGEMAP_SCAN request. */
  PAGEMAP_SCAN("pagemap_scan"),
  /** POSIX timers are created with chosen ids. */
  TIMER_CR_IDS("timer_cr_ids"),
  /** Maps of tasks name the files of overlayfs. */
  OVERLAYFS_MAPS("overlayfs_maps"),
  /** Hardware breakpoints. */
  BREAKPOINTS("breakpoints"),
  /** The PAGEMAP_SCAN request shows guard pages. */
  PAGEMAP_SCAN_GUARD_PAGES("pagemap_scan_guard_pages");

  private final String word;

  Feature(String word) {
    this.word = word;
  }

  /**
   * The name that {@code check --feature} knows.
   *
   * @return such as {@code mnt_id}
   */
  public String word() {
    return word;
  }

  /**
   * Finds a feature by its name.
   *
   * @param word such as {@code mnt_id}
   * @return the feature, or nothing when there is none of that name
   */
  public static Optional<Feature> named(String word) {
    for (Feature feature : values()) {
      if (feature.word.equals(word)) {
        return Optional.of(feature);
      }
    }
    return Optional.empty();
  }
}

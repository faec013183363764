package org.stasis.engine.check;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.stasis.engine.CheckResult;
import org.stasis.engine.options.CheckOptions;
import org.stasis.engine.options.Feature;
import org.stasis.linux.Errno;
import org.stasis.linux.Syscall;
import org.stasis.linux.SyscallNumber;

/** Answers a check. */
public final class FeatureCheck {
  private static final String NOT_CARRIED = "not carried by Stasis yet";
  private static final int ARCH_MAP_VDSO_64 = 0x2003;
  private static final int PR_TIMER_CREATE_RESTORE_IDS = 77;
  private static final int PR_TIMER_CREATE_RESTORE_IDS_GET = 2;
  private static final int INVALID = -1;

  /** What every dump and restore needs. */
  private static final Set<Feature> BASIC =
      EnumSet.of(
          Feature.MNT_ID,
          Feature.SECCOMP_SUSPEND,
          Feature.SECCOMP_FILTERS,
          Feature.CAN_MAP_VDSO,
          Feature.KCMP_EPOLL,
          Feature.CLONE3_SET_TID,
          Feature.NS_PID,
          Feature.OPENAT2,
          Feature.PAGEMAP_SCAN);

  /** What some trees need. */
  private static final Set<Feature> EXTRA =
      EnumSet.of(
          Feature.TIMERFD,
          Feature.FDINFO_LOCK,
          Feature.LOGINUID,
          Feature.CGROUPNS,
          Feature.TIMENS,
          Feature.EXTERNAL_NET_NS,
          Feature.GET_RSEQ_CONF,
          Feature.SOCKOPT_BUF_LOCK);

  private FeatureCheck() {}

  /**
   * Looks at what is asked for.
   *
   * @param options which features
   * @return those that are missing, with the reason for each
   */
  public static CheckResult check(CheckOptions options) {
    Set<Feature> features =
        options.features().isEmpty() ? EnumSet.copyOf(BASIC) : EnumSet.copyOf(options.features());
    if (options.extra()) {
      features.addAll(EXTRA);
    }
    if (options.experimental()) {
      features.add(Feature.COMPAT_CR);
    }
    Map<String, String> missing = new LinkedHashMap<>();
    for (Feature feature : features) {
      missing(feature).ifPresent(reason -> missing.put(feature.word(), reason));
    }
    return new CheckResult(missing);
  }

  private static Optional<String> missing(Feature feature) {
    return switch (feature) {
      case MEM_DIRTY_TRACK,
          AIO_REMAP,
          TUN,
          TUN_NS,
          USERNS,
          AUTOFS,
          COMPAT_CR,
          UFFD,
          UFFD_NONCOOP,
          NSID,
          LINK_NSID,
          NEWIFINDEX,
          HAS_IPT_LEGACY,
          PIDFD_STORE,
          APPARMOR_STACKING,
          MOVE_MOUNT_SET_GROUP,
          BREAKPOINTS,
          PAGEMAP_SCAN_GUARD_PAGES ->
          Optional.of(NOT_CARRIED);
      case MNT_ID, FDINFO_LOCK, TIMERFD, OVERLAYFS_MAPS, NET_DIAG_RAW, SK_NS, SK_UNIX_FILE ->
          Optional.empty(); // older than any kernel that has clone3(2) with set_tid
      case TCP_HALF_CLOSED, IPV6_FREEBIND, MEMFD_HUGETLB, SOCKOPT_BUF_LOCK -> Optional.empty();
      case LOGINUID -> file("/proc/self/loginuid", "a kernel with audit");
      case CGROUPNS -> file("/proc/self/ns/cgroup", "a kernel with cgroup namespaces");
      case TIMENS -> file("/proc/self/ns/time", "a kernel with time namespaces");
      case EXTERNAL_NET_NS -> file("/proc/self/ns/net", "a kernel with network namespaces");
      case NS_PID -> file("/proc/self/ns/pid", "a kernel with pid namespaces");
      case SECCOMP_SUSPEND, SECCOMP_FILTERS ->
          file("/proc/sys/kernel/seccomp/actions_avail", "a kernel with seccomp filters");
      case NFTABLES, NETWORK_LOCK_NFTABLES -> program("nft");
      case CAN_MAP_VDSO ->
          // EEXIST: it would, were there no vDSO yet
          call(SyscallNumber.ARCH_PRCTL, Errno.EEXIST, ARCH_MAP_VDSO_64, 0);
      case KCMP_EPOLL -> call(SyscallNumber.KCMP, Errno.ESRCH, INVALID, INVALID, 0);
      case CLONE3_SET_TID -> call(SyscallNumber.CLONE3, Errno.EINVAL, 0, 0);
      case OPENAT2 -> call(SyscallNumber.OPENAT2, Errno.EINVAL, INVALID, 0, 0);
      case GET_RSEQ_CONF -> call(SyscallNumber.RSEQ, Errno.EINVAL, 0, 0, INVALID, 0);
      case PAGEMAP_SCAN -> file("/proc/self/pagemap", "a kernel with pagemaps");
      case TIMER_CR_IDS ->
          call(
              SyscallNumber.PRCTL,
              null,
              PR_TIMER_CREATE_RESTORE_IDS,
              PR_TIMER_CREATE_RESTORE_IDS_GET);
    };
  }

  private static Optional<String> file(String path, String needed) {
    return Files.exists(Path.of(path))
        ? Optional.empty()
        : Optional.of("no " + path + ": it takes " + needed);
  }

  private static Optional<String> program(String name) {
    String path = System.getenv().getOrDefault("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    for (String folder : path.split(":", -1)) {
      if (Files.isExecutable(Path.of(folder, name))) {
        return Optional.empty();
      }
    }
    return Optional.of("no program " + name + " on the PATH");
  }

  /** A call whose arguments make no sense: a kernel that knows it says so in its own way. */
  private static Optional<String> call(
      int number, @org.jspecify.annotations.Nullable Errno known, long... arguments) {
    long[] all = java.util.Arrays.copyOf(arguments, 6);
    long answer = Syscall.raw(number, all[0], all[1], all[2], all[3], all[4], all[5]);
    if (answer >= 0 || (known != null && answer != -Errno.ENOSYS.number())) {
      return Optional.empty();
    }
    return Optional.of(
        "the kernel answers "
            + SyscallNumber.name(number)
            + " with "
            + Errno.describe((int) -answer));
  }
}

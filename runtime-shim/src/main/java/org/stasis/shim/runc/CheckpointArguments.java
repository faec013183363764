package org.stasis.shim.runc;

import java.util.List;
import java.util.Optional;

/**
 * A {@code checkpoint} command line.
 *
 * @param containerId which container
 * @param imagePath where the images go; nothing for {@code checkpoint} in the working directory
 * @param workPath where log and statistics go; nothing for the images' place
 * @param parentPath earlier images, relative to the image path
 * @param leaveRunning whether the container goes on
 * @param tcpEstablished whether connections are carried
 * @param tcpSkipInFlight whether connections not yet accepted are left out
 * @param linkRemap whether files that lost a name may be linked anew
 * @param extUnixSockets whether Unix sockets may be connected to the outside
 * @param shellJob whether the container's session is led from outside
 * @param lazyPages whether memory is served later
 * @param statusFd descriptor told when the server is ready, or -1
 * @param pageServer ADDRESS:PORT where memory goes
 * @param fileLocks whether file locks are carried
 * @param preDump whether memory alone is written
 * @param manageCgroupsMode soft, full, strict or ignore
 * @param emptyNamespaces namespaces whose content is left out
 * @param autoDedup whether replaced memory is punched out of earlier images
 * @param networkLock iptables, nftables or skip
 * @param archive FILE, oci:DIR or oci-archive:FILE that the checkpoint goes into
 * @param compress none, gzip or zstd; nothing for as the archive's tool does it
 * @param ignoreRootfs whether changes of the root directory stay out of the archive
 */
record CheckpointArguments(
    String containerId,
    Optional<String> imagePath,
    Optional<String> workPath,
    Optional<String> parentPath,
    boolean leaveRunning,
    boolean tcpEstablished,
    boolean tcpSkipInFlight,
    boolean linkRemap,
    boolean extUnixSockets,
    boolean shellJob,
    boolean lazyPages,
    int statusFd,
    Optional<String> pageServer,
    boolean fileLocks,
    boolean preDump,
    Optional<String> manageCgroupsMode,
    List<String> emptyNamespaces,
    boolean autoDedup,
    Optional<String> networkLock,
    Optional<String> archive,
    Optional<String> compress,
    boolean ignoreRootfs) {
  private static final GoFlag IMAGE_PATH =
      GoFlag.value("image-path", "value", "folder for the images (default: ./checkpoint)");
  private static final GoFlag WORK_PATH =
      GoFlag.value("work-path", "value", "folder for dump.log and stats-dump");
  private static final GoFlag PARENT_PATH =
      GoFlag.value("parent-path", "value", "earlier images, relative to --image-path");
  private static final GoFlag LEAVE_RUNNING =
      GoFlag.bool("leave-running", "let the container run on");
  private static final GoFlag TCP_ESTABLISHED =
      GoFlag.bool("tcp-established", "carry connected TCP sockets");
  private static final GoFlag TCP_SKIP_IN_FLIGHT =
      GoFlag.bool("tcp-skip-in-flight", "leave out TCP connections not yet accepted");
  private static final GoFlag LINK_REMAP =
      GoFlag.bool("link-remap", "link files anew that lost a name");
  private static final GoFlag EXT_UNIX_SK =
      GoFlag.bool("ext-unix-sk", "allow Unix sockets connected to the outside");
  private static final GoFlag SHELL_JOB =
      GoFlag.bool("shell-job", "allow a session that is led from outside");
  private static final GoFlag LAZY_PAGES = GoFlag.bool("lazy-pages", "serve memory later");
  private static final GoFlag STATUS_FD =
      GoFlag.number("status-fd", "value", "descriptor told when the server is ready (default: -1)");
  private static final GoFlag PAGE_SERVER =
      GoFlag.value("page-server", "value", "ADDRESS:PORT that memory is sent to");
  private static final GoFlag FILE_LOCKS = GoFlag.bool("file-locks", "carry file locks");
  private static final GoFlag PRE_DUMP =
      GoFlag.bool("pre-dump", "write memory alone, let the container run on");
  private static final GoFlag MANAGE_CGROUPS_MODE =
      GoFlag.value("manage-cgroups-mode", "value", "soft, full, strict or ignore");
  private static final GoFlag EMPTY_NS =
      GoFlag.list("empty-ns", "value", "leave out what is in the namespace: network");
  private static final GoFlag AUTO_DEDUP =
      GoFlag.bool("auto-dedup", "punch replaced memory out of earlier images");
  private static final GoFlag NETWORK_LOCK =
      GoFlag.value("network-lock", "value", "iptables, nftables or skip");
  private static final GoFlag ARCHIVE =
      GoFlag.value("archive", "value", "make an archive: a file, oci:DIR or oci-archive:FILE");
  private static final GoFlag COMPRESS =
      GoFlag.value("compress", "value", "how the archive is compressed: none, gzip or zstd");
  private static final GoFlag IGNORE_ROOTFS =
      GoFlag.bool("ignore-rootfs", "leave changes of the root directory out of the archive");

  static final List<GoFlag> FLAGS =
      List.of(
          IMAGE_PATH,
          WORK_PATH,
          PARENT_PATH,
          LEAVE_RUNNING,
          TCP_ESTABLISHED,
          TCP_SKIP_IN_FLIGHT,
          LINK_REMAP,
          EXT_UNIX_SK,
          SHELL_JOB,
          LAZY_PAGES,
          STATUS_FD,
          PAGE_SERVER,
          FILE_LOCKS,
          PRE_DUMP,
          MANAGE_CGROUPS_MODE,
          EMPTY_NS,
          AUTO_DEDUP,
          NETWORK_LOCK,
          ARCHIVE,
          COMPRESS,
          IGNORE_ROOTFS,
          GlobalArguments.HELP);

  static CheckpointArguments of(GoFlags.Parsed parsed) {
    return new CheckpointArguments(
        parsed.rest().getFirst(),
        parsed.value(IMAGE_PATH),
        parsed.value(WORK_PATH),
        parsed.value(PARENT_PATH),
        parsed.on(LEAVE_RUNNING),
        parsed.on(TCP_ESTABLISHED),
        parsed.on(TCP_SKIP_IN_FLIGHT),
        parsed.on(LINK_REMAP),
        parsed.on(EXT_UNIX_SK),
        parsed.on(SHELL_JOB),
        parsed.on(LAZY_PAGES),
        parsed.number(STATUS_FD, -1),
        parsed.value(PAGE_SERVER),
        parsed.on(FILE_LOCKS),
        parsed.on(PRE_DUMP),
        parsed.value(MANAGE_CGROUPS_MODE),
        List.copyOf(parsed.list(EMPTY_NS)),
        parsed.on(AUTO_DEDUP),
        parsed.value(NETWORK_LOCK),
        parsed.value(ARCHIVE),
        parsed.value(COMPRESS),
        parsed.on(IGNORE_ROOTFS));
  }
}

package org.stasis.shim.runc;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A {@code restore} command line.
 *
 * @param containerId name of the container to be made
 * @param bundle where config.json is; nothing for the working directory
 * @param imagePath where the images are; nothing for {@code checkpoint} in the working directory
 * @param workPath where log and statistics go; nothing for the images' place
 * @param consoleSocket socket that takes the master of the container's terminal
 * @param detach whether the command ends as soon as the container runs
 * @param pidFile file for the pid of the container's init
 * @param noSubreaper whether the command is no subreaper while it waits
 * @param noPivot whether the container's root is made without pivot_root(2)
 * @param tcpEstablished whether connections are carried
 * @param tcpClose whether connections are restored closed
 * @param extUnixSockets whether Unix sockets may be connected to the outside
 * @param shellJob whether the container's session is led from outside
 * @param fileLocks whether file locks are carried
 * @param manageCgroupsMode soft, full, strict or ignore
 * @param emptyNamespaces namespaces whose content is left out
 * @param autoDedup whether memory that was read is punched out of the images
 * @param lazyPages whether memory comes when it is needed
 * @param lsmProfile TYPE:NAME of the security label
 * @param lsmMountContext replaces the context option of mounts
 * @param networkLock iptables, nftables or skip
 * @param archive FILE, oci:DIR or oci-archive:FILE that the images are in
 * @param ignoreRootfs whether the root directory stays without the archive's changes
 */
public record RestoreArguments(
    String containerId,
    Optional<String> bundle,
    Optional<String> imagePath,
    Optional<String> workPath,
    Optional<String> consoleSocket,
    boolean detach,
    Optional<String> pidFile,
    boolean noSubreaper,
    boolean noPivot,
    boolean tcpEstablished,
    boolean tcpClose,
    boolean extUnixSockets,
    boolean shellJob,
    boolean fileLocks,
    Optional<String> manageCgroupsMode,
    List<String> emptyNamespaces,
    boolean autoDedup,
    boolean lazyPages,
    Optional<String> lsmProfile,
    Optional<String> lsmMountContext,
    Optional<String> networkLock,
    Optional<String> archive,
    boolean ignoreRootfs) {
  private static final GoFlag CONSOLE_SOCKET =
      GoFlag.value("console-socket", "value", "Unix socket that takes the terminal's master");
  private static final GoFlag IMAGE_PATH =
      GoFlag.value("image-path", "value", "folder of the images (default: ./checkpoint)");
  private static final GoFlag WORK_PATH =
      GoFlag.value("work-path", "value", "folder for restore.log and stats-restore");
  private static final GoFlag TCP_ESTABLISHED =
      GoFlag.bool("tcp-established", "carry connected TCP sockets");
  private static final GoFlag TCP_CLOSE =
      GoFlag.bool("tcp-close", "restore connected TCP sockets as closed");
  private static final GoFlag EXT_UNIX_SK =
      GoFlag.bool("ext-unix-sk", "allow Unix sockets connected to the outside");
  private static final GoFlag SHELL_JOB =
      GoFlag.bool("shell-job", "allow a session that is led from outside");
  private static final GoFlag FILE_LOCKS = GoFlag.bool("file-locks", "carry file locks");
  private static final GoFlag MANAGE_CGROUPS_MODE =
      GoFlag.value("manage-cgroups-mode", "value", "soft, full, strict or ignore");
  private static final GoFlag BUNDLE =
      GoFlag.value("bundle", "b", "value", "folder of config.json (default: .)");
  private static final GoFlag DETACH =
      GoFlag.bool("detach", "d", "end as soon as the container runs");
  private static final GoFlag PID_FILE =
      GoFlag.value("pid-file", "value", "file for the pid of the container's init");
  private static final GoFlag NO_SUBREAPER =
      GoFlag.bool("no-subreaper", "reap no processes but the container's init");
  private static final GoFlag NO_PIVOT =
      GoFlag.bool("no-pivot", "make the container's root without pivot_root");
  private static final GoFlag EMPTY_NS =
      GoFlag.list("empty-ns", "value", "leave out what is in the namespace: network");
  private static final GoFlag AUTO_DEDUP =
      GoFlag.bool("auto-dedup", "punch memory out of the images that was read");
  private static final GoFlag LAZY_PAGES =
      GoFlag.bool("lazy-pages", "read memory when it is needed");
  private static final GoFlag LSM_PROFILE =
      GoFlag.value("lsm-profile", "value", "TYPE:NAME of the security label");
  private static final GoFlag LSM_MOUNT_CONTEXT =
      GoFlag.value("lsm-mount-context", "value", "replaces the context option of mounts");
  private static final GoFlag NETWORK_LOCK =
      GoFlag.value("network-lock", "value", "iptables, nftables or skip");
  private static final GoFlag ARCHIVE =
      GoFlag.value("archive", "value", "restore from an archive, oci:DIR or oci-archive:FILE");
  private static final GoFlag IGNORE_ROOTFS =
      GoFlag.bool("ignore-rootfs", "do not make the archive's changes of the root directory");

  static final List<GoFlag> FLAGS =
      List.of(
          CONSOLE_SOCKET,
          IMAGE_PATH,
          WORK_PATH,
          TCP_ESTABLISHED,
          TCP_CLOSE,
          EXT_UNIX_SK,
          SHELL_JOB,
          FILE_LOCKS,
          MANAGE_CGROUPS_MODE,
          BUNDLE,
          DETACH,
          PID_FILE,
          NO_SUBREAPER,
          NO_PIVOT,
          EMPTY_NS,
          AUTO_DEDUP,
          LAZY_PAGES,
          LSM_PROFILE,
          LSM_MOUNT_CONTEXT,
          NETWORK_LOCK,
          ARCHIVE,
          IGNORE_ROOTFS,
          GlobalArguments.HELP);

  /** The same with images in a certain folder. */
  RestoreArguments imagePath(String folder) {
    return new RestoreArguments(
        containerId,
        bundle,
        Optional.of(folder),
        workPath,
        consoleSocket,
        detach,
        pidFile,
        noSubreaper,
        noPivot,
        tcpEstablished,
        tcpClose,
        extUnixSockets,
        shellJob,
        fileLocks,
        manageCgroupsMode,
        emptyNamespaces,
        autoDedup,
        lazyPages,
        lsmProfile,
        lsmMountContext,
        networkLock,
        archive,
        ignoreRootfs);
  }

  /**
   * The command line for a real runtime, which knows nothing of archives.
   *
   * @param folder of config.json
   * @param images absolute path
   * @param work where log and statistics go, absolute path
   */
  List<String> forRuntime(String folder, String images, String work) {
    List<String> words = new ArrayList<>(List.of("restore"));
    IMAGE_PATH.write(images, words);
    WORK_PATH.write(work, words);
    BUNDLE.write(folder, words);
    consoleSocket.ifPresent(value -> CONSOLE_SOCKET.write(value, words));
    pidFile.ifPresent(value -> PID_FILE.write(value, words));
    manageCgroupsMode.ifPresent(value -> MANAGE_CGROUPS_MODE.write(value, words));
    emptyNamespaces.forEach(value -> EMPTY_NS.write(value, words));
    lsmProfile.ifPresent(value -> LSM_PROFILE.write(value, words));
    lsmMountContext.ifPresent(value -> LSM_MOUNT_CONTEXT.write(value, words));
    networkLock.ifPresent(value -> NETWORK_LOCK.write(value, words));
    DETACH.write(detach, words);
    NO_SUBREAPER.write(noSubreaper, words);
    NO_PIVOT.write(noPivot, words);
    TCP_ESTABLISHED.write(tcpEstablished, words);
    TCP_CLOSE.write(tcpClose, words);
    EXT_UNIX_SK.write(extUnixSockets, words);
    SHELL_JOB.write(shellJob, words);
    FILE_LOCKS.write(fileLocks, words);
    words.add(containerId);
    return words;
  }

  static RestoreArguments of(GoFlags.Parsed parsed) {
    return new RestoreArguments(
        parsed.rest().getFirst(),
        parsed.value(BUNDLE),
        parsed.value(IMAGE_PATH),
        parsed.value(WORK_PATH),
        parsed.value(CONSOLE_SOCKET),
        parsed.on(DETACH),
        parsed.value(PID_FILE),
        parsed.on(NO_SUBREAPER),
        parsed.on(NO_PIVOT),
        parsed.on(TCP_ESTABLISHED),
        parsed.on(TCP_CLOSE),
        parsed.on(EXT_UNIX_SK),
        parsed.on(SHELL_JOB),
        parsed.on(FILE_LOCKS),
        parsed.value(MANAGE_CGROUPS_MODE),
        List.copyOf(parsed.list(EMPTY_NS)),
        parsed.on(AUTO_DEDUP),
        parsed.on(LAZY_PAGES),
        parsed.value(LSM_PROFILE),
        parsed.value(LSM_MOUNT_CONTEXT),
        parsed.value(NETWORK_LOCK),
        parsed.value(ARCHIVE),
        parsed.on(IGNORE_ROOTFS));
  }
}

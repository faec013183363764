package org.stasis.engine.options;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What to dump, and how. Made by {@link #builder}.
 *
 * @param imagesDirectory where the images are, openable by this process
 * @param workDirectory where statistics and logs go, openable by this process; the images directory
 *     unless given
 * @param pid root task of the tree, in the pid namespace of this process
 * @param finalState what becomes of the tree after the dump
 * @param shellJob whether the tree may belong to a session, group and terminal outside of it
 * @param tcpEstablished whether connected TCP sockets are dumped
 * @param tcpClose whether connected TCP sockets are dumped as closed
 * @param tcpSkipInFlight whether half-open and not yet accepted TCP connections are left out
 * @param externals what the caller provides again at the restore
 * @param extUnixSockets whether Unix sockets may be connected to sockets outside of the tree
 * @param fileLocks whether file locks are dumped
 * @param linkRemap whether a file that lost the name it was opened by, and has others, may be
 *     linked anew until the restore
 * @param evasiveDevices whether another node of the same device number serves when the path of a
 *     device is unreachable
 * @param forceIrmap whether paths of watches are found by scanning even where file handles serve
 * @param irmapScanPaths further directories scanned for targets of watches, in the mount namespace
 *     of the tree
 * @param ghostLimitBytes the largest deleted file whose content travels in the images, in allocated
 *     bytes
 * @param ghostFiemap whether holes of deleted files are found with the FIEMAP request
 * @param freezeCgroup the freezer cgroup that holds exactly this tree; without it tasks are stopped
 *     one by one
 * @param timeoutSeconds how long stopping the tree may take
 * @param cgroups what of the control groups is dumped
 * @param root the root directory of the tree where it is another than ours
 * @param emptyNetNamespace whether the network namespace is dumped without its content
 * @param skipMounts mount points left out
 * @param enableFilesystems names of unknown file systems mounted again by name alone; {@code all}
 *     means every one
 * @param externalSharing whether detected external mounts may be shared
 * @param externalMasters whether detected external mounts may be slaves
 * @param trackMemory whether changes of memory are tracked from now on, for a later incremental
 *     dump
 * @param previousImages the images that this dump continues, relative to the images directory;
 *     becomes the text of the symbolic link {@code parent}
 * @param pageServer where pages are sent to
 * @param preDumpMode how a pre-dump takes the pages
 * @param lazyPages whether pages are left behind and supplied once the restored tree needs them
 * @param autoDedup whether pages that are replaced are punched out of the previous images
 * @param networkLock how connections are kept silent while the tree is stopped
 * @param fileValidation what is recorded to recognise files at the restore
 * @param orphanPtsMaster whether terminals are allowed whose master is outside of the tree; the
 *     restore hands the new master to its caller
 * @param cpuCapabilities what about the processor is recorded
 * @param stream whether the images go through a streamer process
 * @param unprivileged whether to go on without root and accept its limits
 * @param allowUprobes whether tasks with uprobes set in them are accepted
 * @param allowDeprecated whether deprecated functions are allowed
 */
public record DumpOptions(
    Path imagesDirectory,
    Path workDirectory,
    int pid,
    FinalState finalState,
    boolean shellJob,
    boolean tcpEstablished,
    boolean tcpClose,
    boolean tcpSkipInFlight,
    List<External> externals,
    boolean extUnixSockets,
    boolean fileLocks,
    boolean linkRemap,
    boolean evasiveDevices,
    boolean forceIrmap,
    List<String> irmapScanPaths,
    long ghostLimitBytes,
    boolean ghostFiemap,
    Optional<Path> freezeCgroup,
    int timeoutSeconds,
    CgroupOptions cgroups,
    Optional<Path> root,
    boolean emptyNetNamespace,
    List<String> skipMounts,
    List<String> enableFilesystems,
    boolean externalSharing,
    boolean externalMasters,
    boolean trackMemory,
    Optional<String> previousImages,
    Optional<PageServer> pageServer,
    PreDumpMode preDumpMode,
    boolean lazyPages,
    boolean autoDedup,
    NetworkLock networkLock,
    FileValidation fileValidation,
    boolean orphanPtsMaster,
    CpuCapabilities cpuCapabilities,
    boolean stream,
    boolean unprivileged,
    boolean allowUprobes,
    boolean allowDeprecated) {
  /** Checks and copies what it is given. */
  public DumpOptions {
    if (pid <= 0) {
      throw new IllegalArgumentException("the pid of the root task is not positive: " + pid);
    }
    if (ghostLimitBytes < 0) {
      throw new IllegalArgumentException("the ghost limit is negative: " + ghostLimitBytes);
    }
    if (timeoutSeconds <= 0) {
      throw new IllegalArgumentException("the timeout is not positive: " + timeoutSeconds);
    }
    externals = List.copyOf(externals);
    irmapScanPaths = List.copyOf(irmapScanPaths);
    skipMounts = List.copyOf(skipMounts);
    enableFilesystems = List.copyOf(enableFilesystems);
  }

  /**
   * Starts with the defaults, which are those of CRIU.
   *
   * @param imagesDirectory where the images go, openable by this process
   * @param pid root task of the tree, in the pid namespace of this process
   * @return options to be changed
   */
  public static Builder builder(Path imagesDirectory, int pid) {
    return new Builder(imagesDirectory, pid);
  }

  /** The options while they are being chosen. */
  public static final class Builder {
    private final Path imagesDirectory;
    private @Nullable Path workDirectory;
    private final int pid;
    private FinalState finalState = FinalState.KILLED;
    private boolean shellJob;
    private boolean tcpEstablished;
    private boolean tcpClose;
    private boolean tcpSkipInFlight;
    private List<External> externals = List.of();
    private boolean extUnixSockets;
    private boolean fileLocks;
    private boolean linkRemap;
    private boolean evasiveDevices;
    private boolean forceIrmap;
    private List<String> irmapScanPaths = List.of();
    private long ghostLimitBytes = 1L << 20;
    private boolean ghostFiemap = true;
    private Optional<Path> freezeCgroup = Optional.empty();
    private int timeoutSeconds = 10;
    private CgroupOptions cgroups = CgroupOptions.DEFAULT;
    private Optional<Path> root = Optional.empty();
    private boolean emptyNetNamespace;
    private List<String> skipMounts = List.of();
    private List<String> enableFilesystems = List.of();
    private boolean externalSharing;
    private boolean externalMasters;
    private boolean trackMemory;
    private Optional<String> previousImages = Optional.empty();
    private Optional<PageServer> pageServer = Optional.empty();
    private PreDumpMode preDumpMode = PreDumpMode.SPLICE;
    private boolean lazyPages;
    private boolean autoDedup;
    private NetworkLock networkLock = NetworkLock.IPTABLES;
    private FileValidation fileValidation = FileValidation.BUILD_ID;
    private boolean orphanPtsMaster;
    private CpuCapabilities cpuCapabilities = CpuCapabilities.DEFAULT;
    private boolean stream;
    private boolean unprivileged;
    private boolean allowUprobes;
    private boolean allowDeprecated;

    private Builder(Path imagesDirectory, int pid) {
      this.imagesDirectory = imagesDirectory;
      this.pid = pid;
    }

    /** Sets {@link DumpOptions#workDirectory} and returns this. */
    public Builder workDirectory(Path value) {
      this.workDirectory = value;
      return this;
    }

    /** Sets {@link DumpOptions#finalState} and returns this. */
    public Builder finalState(FinalState value) {
      this.finalState = value;
      return this;
    }

    /** Sets {@link DumpOptions#shellJob} and returns this. */
    public Builder shellJob(boolean value) {
      this.shellJob = value;
      return this;
    }

    /** Sets {@link DumpOptions#tcpEstablished} and returns this. */
    public Builder tcpEstablished(boolean value) {
      this.tcpEstablished = value;
      return this;
    }

    /** Sets {@link DumpOptions#tcpClose} and returns this. */
    public Builder tcpClose(boolean value) {
      this.tcpClose = value;
      return this;
    }

    /** Sets {@link DumpOptions#tcpSkipInFlight} and returns this. */
    public Builder tcpSkipInFlight(boolean value) {
      this.tcpSkipInFlight = value;
      return this;
    }

    /** Sets {@link DumpOptions#externals} and returns this. */
    public Builder externals(List<External> value) {
      this.externals = value;
      return this;
    }

    /** Sets {@link DumpOptions#extUnixSockets} and returns this. */
    public Builder extUnixSockets(boolean value) {
      this.extUnixSockets = value;
      return this;
    }

    /** Sets {@link DumpOptions#fileLocks} and returns this. */
    public Builder fileLocks(boolean value) {
      this.fileLocks = value;
      return this;
    }

    /** Sets {@link DumpOptions#linkRemap} and returns this. */
    public Builder linkRemap(boolean value) {
      this.linkRemap = value;
      return this;
    }

    /** Sets {@link DumpOptions#evasiveDevices} and returns this. */
    public Builder evasiveDevices(boolean value) {
      this.evasiveDevices = value;
      return this;
    }

    /** Sets {@link DumpOptions#forceIrmap} and returns this. */
    public Builder forceIrmap(boolean value) {
      this.forceIrmap = value;
      return this;
    }

    /** Sets {@link DumpOptions#irmapScanPaths} and returns this. */
    public Builder irmapScanPaths(List<String> value) {
      this.irmapScanPaths = value;
      return this;
    }

    /** Sets {@link DumpOptions#ghostLimitBytes} and returns this. */
    public Builder ghostLimitBytes(long value) {
      this.ghostLimitBytes = value;
      return this;
    }

    /** Sets {@link DumpOptions#ghostFiemap} and returns this. */
    public Builder ghostFiemap(boolean value) {
      this.ghostFiemap = value;
      return this;
    }

    /** Sets {@link DumpOptions#freezeCgroup} and returns this. */
    public Builder freezeCgroup(Path value) {
      this.freezeCgroup = Optional.of(value);
      return this;
    }

    /** Sets {@link DumpOptions#timeoutSeconds} and returns this. */
    public Builder timeoutSeconds(int value) {
      this.timeoutSeconds = value;
      return this;
    }

    /** Sets {@link DumpOptions#cgroups} and returns this. */
    public Builder cgroups(CgroupOptions value) {
      this.cgroups = value;
      return this;
    }

    /** Sets {@link DumpOptions#root} and returns this. */
    public Builder root(Path value) {
      this.root = Optional.of(value);
      return this;
    }

    /** Sets {@link DumpOptions#emptyNetNamespace} and returns this. */
    public Builder emptyNetNamespace(boolean value) {
      this.emptyNetNamespace = value;
      return this;
    }

    /** Sets {@link DumpOptions#skipMounts} and returns this. */
    public Builder skipMounts(List<String> value) {
      this.skipMounts = value;
      return this;
    }

    /** Sets {@link DumpOptions#enableFilesystems} and returns this. */
    public Builder enableFilesystems(List<String> value) {
      this.enableFilesystems = value;
      return this;
    }

    /** Sets {@link DumpOptions#externalSharing} and returns this. */
    public Builder externalSharing(boolean value) {
      this.externalSharing = value;
      return this;
    }

    /** Sets {@link DumpOptions#externalMasters} and returns this. */
    public Builder externalMasters(boolean value) {
      this.externalMasters = value;
      return this;
    }

    /** Sets {@link DumpOptions#trackMemory} and returns this. */
    public Builder trackMemory(boolean value) {
      this.trackMemory = value;
      return this;
    }

    /** Sets {@link DumpOptions#previousImages} and returns this. */
    public Builder previousImages(String value) {
      this.previousImages = Optional.of(value);
      return this;
    }

    /** Sets {@link DumpOptions#pageServer} and returns this. */
    public Builder pageServer(PageServer value) {
      this.pageServer = Optional.of(value);
      return this;
    }

    /** Sets {@link DumpOptions#preDumpMode} and returns this. */
    public Builder preDumpMode(PreDumpMode value) {
      this.preDumpMode = value;
      return this;
    }

    /** Sets {@link DumpOptions#lazyPages} and returns this. */
    public Builder lazyPages(boolean value) {
      this.lazyPages = value;
      return this;
    }

    /** Sets {@link DumpOptions#autoDedup} and returns this. */
    public Builder autoDedup(boolean value) {
      this.autoDedup = value;
      return this;
    }

    /** Sets {@link DumpOptions#networkLock} and returns this. */
    public Builder networkLock(NetworkLock value) {
      this.networkLock = value;
      return this;
    }

    /** Sets {@link DumpOptions#fileValidation} and returns this. */
    public Builder fileValidation(FileValidation value) {
      this.fileValidation = value;
      return this;
    }

    /** Sets {@link DumpOptions#orphanPtsMaster} and returns this. */
    public Builder orphanPtsMaster(boolean value) {
      this.orphanPtsMaster = value;
      return this;
    }

    /** Sets {@link DumpOptions#cpuCapabilities} and returns this. */
    public Builder cpuCapabilities(CpuCapabilities value) {
      this.cpuCapabilities = value;
      return this;
    }

    /** Sets {@link DumpOptions#stream} and returns this. */
    public Builder stream(boolean value) {
      this.stream = value;
      return this;
    }

    /** Sets {@link DumpOptions#unprivileged} and returns this. */
    public Builder unprivileged(boolean value) {
      this.unprivileged = value;
      return this;
    }

    /** Sets {@link DumpOptions#allowUprobes} and returns this. */
    public Builder allowUprobes(boolean value) {
      this.allowUprobes = value;
      return this;
    }

    /** Sets {@link DumpOptions#allowDeprecated} and returns this. */
    public Builder allowDeprecated(boolean value) {
      this.allowDeprecated = value;
      return this;
    }

    /**
     * Ends the choice.
     *
     * @return the options
     * @throws IllegalArgumentException when a number is out of its range
     */
    public DumpOptions build() {
      return new DumpOptions(
          imagesDirectory,
          workDirectory == null ? imagesDirectory : workDirectory,
          pid,
          finalState,
          shellJob,
          tcpEstablished,
          tcpClose,
          tcpSkipInFlight,
          externals,
          extUnixSockets,
          fileLocks,
          linkRemap,
          evasiveDevices,
          forceIrmap,
          irmapScanPaths,
          ghostLimitBytes,
          ghostFiemap,
          freezeCgroup,
          timeoutSeconds,
          cgroups,
          root,
          emptyNetNamespace,
          skipMounts,
          enableFilesystems,
          externalSharing,
          externalMasters,
          trackMemory,
          previousImages,
          pageServer,
          preDumpMode,
          lazyPages,
          autoDedup,
          networkLock,
          fileValidation,
          orphanPtsMaster,
          cpuCapabilities,
          stream,
          unprivileged,
          allowUprobes,
          allowDeprecated);
    }
  }
}

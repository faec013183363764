package org.stasis.engine.options;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What to restore, and how. Made by {@link #builder}.
 *
 * @param imagesDirectory where the images are, openable by this process
 * @param workDirectory where statistics and logs go, openable by this process; the images directory
 *     unless given
 * @param sibling whether the root task becomes a child of the parent of the root agent, instead of
 *     a child of the root agent
 * @param shellJob whether the tree joins the session, group and terminal of the root agent
 * @param tcpEstablished whether connected TCP sockets are restored
 * @param tcpClose whether TCP sockets that were connected come back closed
 * @param externals what the caller provides
 * @param inheritDescriptors open descriptors of the root agent that take the place of objects in
 *     the images
 * @param joinNamespaces existing namespaces that the tree enters instead of getting new ones
 * @param extUnixSockets whether Unix sockets may be connected to sockets outside of the tree
 * @param fileLocks whether file locks are restored
 * @param linkRemap whether files may be linked anew for the time of the restore
 * @param evasiveDevices whether another node of the same device number serves when the path of a
 *     device is missing
 * @param cgroups what of the control groups is restored, and where
 * @param root the root directory of the tree to be
 * @param emptyNetNamespace whether the network namespace is made without its content
 * @param enableFilesystems names of unknown file systems mounted again by name alone; {@code all}
 *     means every one
 * @param externalSharing whether detected external mounts may be shared
 * @param externalMasters whether detected external mounts may be slaves
 * @param mountCompatMode whether mounts are made the old way, without moving mounts into groups
 * @param lsmProfile the security label of the tree, instead of the one in the images
 * @param lsmMountContext the label that replaces existing {@code context=} options of mounts
 * @param weakSysctls whether kernel variables that are missing here are left out
 * @param skipFileRwxCheck whether permission bits of files may differ from those at the dump
 * @param fileValidation what files are recognised by
 * @param cpuCapabilities what the processor must have in common with that of the dump
 * @param lazyPages whether memory is filled once the tree needs it
 * @param autoDedup whether pages are punched out of the images once they are read
 * @param box the container that the root agent is the first process of and that the tree comes
 *     into, instead of one that is made from the images
 * @param orphanPtsMaster whether masters of terminals that the tree lacks are handed to the action
 *     listener
 * @param stream whether the images come through a streamer process
 * @param unprivileged whether to go on without root and accept its limits
 * @param allowUprobes whether images of tasks with uprobes are accepted
 * @param allowDeprecated whether deprecated functions are allowed
 */
public record RestoreOptions(
    Path imagesDirectory,
    Path workDirectory,
    boolean sibling,
    boolean shellJob,
    boolean tcpEstablished,
    boolean tcpClose,
    List<External> externals,
    List<InheritFd> inheritDescriptors,
    List<JoinNamespace> joinNamespaces,
    boolean extUnixSockets,
    boolean fileLocks,
    boolean linkRemap,
    boolean evasiveDevices,
    CgroupOptions cgroups,
    Optional<Path> root,
    boolean emptyNetNamespace,
    List<String> enableFilesystems,
    boolean externalSharing,
    boolean externalMasters,
    boolean mountCompatMode,
    Optional<LsmProfile> lsmProfile,
    Optional<String> lsmMountContext,
    boolean weakSysctls,
    boolean skipFileRwxCheck,
    FileValidation fileValidation,
    CpuCapabilities cpuCapabilities,
    boolean lazyPages,
    boolean autoDedup,
    boolean orphanPtsMaster,
    boolean stream,
    boolean unprivileged,
    boolean allowUprobes,
    boolean allowDeprecated) {
  /** Checks and copies what it is given. */
  public RestoreOptions {
    externals = List.copyOf(externals);
    inheritDescriptors = List.copyOf(inheritDescriptors);
    joinNamespaces = List.copyOf(joinNamespaces);
    enableFilesystems = List.copyOf(enableFilesystems);
  }

  /**
   * Starts with the defaults, which are those of CRIU.
   *
   * @param imagesDirectory where the images are, openable by this process
   * @return options to be changed
   */
  public static Builder builder(Path imagesDirectory) {
    return new Builder(imagesDirectory);
  }

  /** The options while they are being chosen. */
  public static final class Builder {
    private final Path imagesDirectory;
    private @Nullable Path workDirectory;
    private boolean sibling;
    private boolean shellJob;
    private boolean tcpEstablished;
    private boolean tcpClose;
    private List<External> externals = List.of();
    private List<InheritFd> inheritDescriptors = List.of();
    private List<JoinNamespace> joinNamespaces = List.of();
    private boolean extUnixSockets;
    private boolean fileLocks;
    private boolean linkRemap;
    private boolean evasiveDevices;
    private CgroupOptions cgroups = CgroupOptions.DEFAULT;
    private Optional<Path> root = Optional.empty();
    private boolean emptyNetNamespace;
    private List<String> enableFilesystems = List.of();
    private boolean externalSharing;
    private boolean externalMasters;
    private boolean mountCompatMode;
    private Optional<LsmProfile> lsmProfile = Optional.empty();
    private Optional<String> lsmMountContext = Optional.empty();
    private boolean weakSysctls;
    private boolean skipFileRwxCheck;
    private FileValidation fileValidation = FileValidation.BUILD_ID;
    private CpuCapabilities cpuCapabilities = CpuCapabilities.DEFAULT;
    private boolean lazyPages;
    private boolean autoDedup;
    private boolean orphanPtsMaster;
    private boolean stream;
    private boolean unprivileged;
    private boolean allowUprobes;
    private boolean allowDeprecated;

    private Builder(Path imagesDirectory) {
      this.imagesDirectory = imagesDirectory;
    }

    /** Sets {@link RestoreOptions#workDirectory} and returns this. */
    public Builder workDirectory(Path value) {
      this.workDirectory = value;
      return this;
    }

    /** Sets {@link RestoreOptions#sibling} and returns this. */
    public Builder sibling(boolean value) {
      this.sibling = value;
      return this;
    }

    /** Sets {@link RestoreOptions#shellJob} and returns this. */
    public Builder shellJob(boolean value) {
      this.shellJob = value;
      return this;
    }

    /** Sets {@link RestoreOptions#tcpEstablished} and returns this. */
    public Builder tcpEstablished(boolean value) {
      this.tcpEstablished = value;
      return this;
    }

    /** Sets {@link RestoreOptions#tcpClose} and returns this. */
    public Builder tcpClose(boolean value) {
      this.tcpClose = value;
      return this;
    }

    /** Sets {@link RestoreOptions#externals} and returns this. */
    public Builder externals(List<External> value) {
      this.externals = value;
      return this;
    }

    /** Sets {@link RestoreOptions#inheritDescriptors} and returns this. */
    public Builder inheritDescriptors(List<InheritFd> value) {
      this.inheritDescriptors = value;
      return this;
    }

    /** Sets {@link RestoreOptions#joinNamespaces} and returns this. */
    public Builder joinNamespaces(List<JoinNamespace> value) {
      this.joinNamespaces = value;
      return this;
    }

    /** Sets {@link RestoreOptions#extUnixSockets} and returns this. */
    public Builder extUnixSockets(boolean value) {
      this.extUnixSockets = value;
      return this;
    }

    /** Sets {@link RestoreOptions#fileLocks} and returns this. */
    public Builder fileLocks(boolean value) {
      this.fileLocks = value;
      return this;
    }

    /** Sets {@link RestoreOptions#linkRemap} and returns this. */
    public Builder linkRemap(boolean value) {
      this.linkRemap = value;
      return this;
    }

    /** Sets {@link RestoreOptions#evasiveDevices} and returns this. */
    public Builder evasiveDevices(boolean value) {
      this.evasiveDevices = value;
      return this;
    }

    /** Sets {@link RestoreOptions#cgroups} and returns this. */
    public Builder cgroups(CgroupOptions value) {
      this.cgroups = value;
      return this;
    }

    /** Sets {@link RestoreOptions#root} and returns this. */
    public Builder root(Path value) {
      this.root = Optional.of(value);
      return this;
    }

    /** Sets {@link RestoreOptions#emptyNetNamespace} and returns this. */
    public Builder emptyNetNamespace(boolean value) {
      this.emptyNetNamespace = value;
      return this;
    }

    /** Sets {@link RestoreOptions#enableFilesystems} and returns this. */
    public Builder enableFilesystems(List<String> value) {
      this.enableFilesystems = value;
      return this;
    }

    /** Sets {@link RestoreOptions#externalSharing} and returns this. */
    public Builder externalSharing(boolean value) {
      this.externalSharing = value;
      return this;
    }

    /** Sets {@link RestoreOptions#externalMasters} and returns this. */
    public Builder externalMasters(boolean value) {
      this.externalMasters = value;
      return this;
    }

    /** Sets {@link RestoreOptions#mountCompatMode} and returns this. */
    public Builder mountCompatMode(boolean value) {
      this.mountCompatMode = value;
      return this;
    }

    /** Sets {@link RestoreOptions#lsmProfile} and returns this. */
    public Builder lsmProfile(LsmProfile value) {
      this.lsmProfile = Optional.of(value);
      return this;
    }

    /** Sets {@link RestoreOptions#lsmMountContext} and returns this. */
    public Builder lsmMountContext(String value) {
      this.lsmMountContext = Optional.of(value);
      return this;
    }

    /** Sets {@link RestoreOptions#weakSysctls} and returns this. */
    public Builder weakSysctls(boolean value) {
      this.weakSysctls = value;
      return this;
    }

    /** Sets {@link RestoreOptions#skipFileRwxCheck} and returns this. */
    public Builder skipFileRwxCheck(boolean value) {
      this.skipFileRwxCheck = value;
      return this;
    }

    /** Sets {@link RestoreOptions#fileValidation} and returns this. */
    public Builder fileValidation(FileValidation value) {
      this.fileValidation = value;
      return this;
    }

    /** Sets {@link RestoreOptions#cpuCapabilities} and returns this. */
    public Builder cpuCapabilities(CpuCapabilities value) {
      this.cpuCapabilities = value;
      return this;
    }

    /** Sets {@link RestoreOptions#lazyPages} and returns this. */
    public Builder lazyPages(boolean value) {
      this.lazyPages = value;
      return this;
    }

    /** Sets {@link RestoreOptions#autoDedup} and returns this. */
    public Builder autoDedup(boolean value) {
      this.autoDedup = value;
      return this;
    }

    /** Sets {@link RestoreOptions#orphanPtsMaster} and returns this. */
    public Builder orphanPtsMaster(boolean value) {
      this.orphanPtsMaster = value;
      return this;
    }

    /** Sets {@link RestoreOptions#stream} and returns this. */
    public Builder stream(boolean value) {
      this.stream = value;
      return this;
    }

    /** Sets {@link RestoreOptions#unprivileged} and returns this. */
    public Builder unprivileged(boolean value) {
      this.unprivileged = value;
      return this;
    }

    /** Sets {@link RestoreOptions#allowUprobes} and returns this. */
    public Builder allowUprobes(boolean value) {
      this.allowUprobes = value;
      return this;
    }

    /** Sets {@link RestoreOptions#allowDeprecated} and returns this. */
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
    public RestoreOptions build() {
      return new RestoreOptions(
          imagesDirectory,
          workDirectory == null ? imagesDirectory : workDirectory,
          sibling,
          shellJob,
          tcpEstablished,
          tcpClose,
          externals,
          inheritDescriptors,
          joinNamespaces,
          extUnixSockets,
          fileLocks,
          linkRemap,
          evasiveDevices,
          cgroups,
          root,
          emptyNetNamespace,
          enableFilesystems,
          externalSharing,
          externalMasters,
          mountCompatMode,
          lsmProfile,
          lsmMountContext,
          weakSysctls,
          skipFileRwxCheck,
          fileValidation,
          cpuCapabilities,
          lazyPages,
          autoDedup,
          orphanPtsMaster,
          stream,
          unprivileged,
          allowUprobes,
          allowDeprecated);
    }
  }
}

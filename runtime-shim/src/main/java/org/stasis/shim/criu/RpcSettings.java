package org.stasis.shim.criu;

import org.stasis.engine.options.NamespaceKind;
import org.stasis.images.proto.CgroupRoot;
import org.stasis.images.proto.CriuOpts;
import org.stasis.images.proto.CriuPageServerInfo;
import org.stasis.images.proto.CriuVethPair;
import org.stasis.images.proto.ExtMountMap;
import org.stasis.images.proto.InheritFd;
import org.stasis.images.proto.JoinNamespace;
import org.stasis.images.proto.UnixSk;

/** The options of an RPC request, put over what configuration files said. */
final class RpcSettings {
  private static final int CPU_CAP_IMAGE = 8;

  private final Settings settings;
  private final CriuOpts options;

  private RpcSettings(Settings settings, CriuOpts options) {
    this.settings = settings;
    this.options = options;
  }

  /**
   * Applies a request.
   *
   * @param settings changed by it
   * @param options of the request
   * @throws UsageException when a value cannot be
   */
  static void apply(Settings settings, CriuOpts options) throws UsageException {
    RpcSettings request = new RpcSettings(settings, options);
    request.refuseUnknownValues();
    request.task();
    request.flags();
    request.files();
    request.namespaces();
    request.external();
    request.cgroups();
    request.memory();
  }

  private void refuseUnknownValues() throws UsageException {
    known(CriuOpts.MANAGE_CGROUPS_MODE_FIELD_NUMBER, "manage_cgroups_mode");
    known(CriuOpts.NETWORK_LOCK_FIELD_NUMBER, "network_lock");
    known(CriuOpts.PRE_DUMP_MODE_FIELD_NUMBER, "pre_dump_mode");
    if ((options.getEmptyNs() & ~NamespaceKind.NET.flag()) != 0) {
      throw new UsageException(
          "empty_ns 0x" + Integer.toHexString(options.getEmptyNs()) + ": only net can be empty");
    }
  }

  private void known(int field, String name) throws UsageException {
    if (options.getUnknownFields().hasField(field)) {
      throw new UsageException("unknown value of " + name);
    }
  }

  private void task() {
    settings.set(CriuOption.VERBOSITY, Integer.toString(options.getLogLevel()));
    if (options.getLeaveRunning()) {
      settings.set(CriuOption.LEAVE_RUNNING, true);
    }
    if (options.getLeaveStopped()) {
      settings.set(CriuOption.LEAVE_STOPPED, true);
    }
    if (options.hasTimeout()) {
      settings.set(CriuOption.TIMEOUT, Integer.toUnsignedString(options.getTimeout()));
    }
    settings.set(CriuOption.RESTORE_DETACHED, true);
  }

  private void flags() {
    flag(options.hasTcpEstablished(), options.getTcpEstablished(), CriuOption.TCP_ESTABLISHED);
    flag(options.hasTcpClose(), options.getTcpClose(), CriuOption.TCP_CLOSE);
    flag(options.hasTcpSkipInFlight(), options.getTcpSkipInFlight(), CriuOption.SKIP_IN_FLIGHT);
    flag(options.hasEvasiveDevices(), options.getEvasiveDevices(), CriuOption.EVASIVE_DEVICES);
    flag(options.hasShellJob(), options.getShellJob(), CriuOption.SHELL_JOB);
    flag(options.hasFileLocks(), options.getFileLocks(), CriuOption.FILE_LOCKS);
    flag(options.hasLinkRemap(), options.getLinkRemap(), CriuOption.LINK_REMAP);
    flag(options.hasForceIrmap(), options.getForceIrmap(), CriuOption.FORCE_IRMAP);
    flag(options.hasRstSibling(), options.getRstSibling(), CriuOption.RESTORE_SIBLING);
    flag(options.hasWeakSysctls(), options.getWeakSysctls(), CriuOption.WEAK_SYSCTLS);
    flag(options.hasUnprivileged(), options.getUnprivileged(), CriuOption.UNPRIVILEGED);
    flag(options.hasDisplayStats(), options.getDisplayStats(), CriuOption.DISPLAY_STATS);
    flag(
        options.hasSkipFileRwxCheck(),
        options.getSkipFileRwxCheck(),
        CriuOption.SKIP_FILE_RWX_CHECK);
    flag(options.getMntnsCompatMode(), options.getMntnsCompatMode(), CriuOption.MNTNS_COMPAT_MODE);
  }

  /** What a request says overrides what files said, also when it says no. */
  private void flag(boolean given, boolean on, CriuOption option) {
    if (given) {
      settings.set(option, on);
    }
  }

  private void value(boolean given, String value, CriuOption option) {
    if (given) {
      settings.set(option, value);
    }
  }

  private void files() {
    value(options.hasRoot(), options.getRoot(), CriuOption.ROOT);
    value(options.hasFreezeCgroup(), options.getFreezeCgroup(), CriuOption.FREEZE_CGROUP);
    value(options.hasLsmProfile(), options.getLsmProfile(), CriuOption.LSM_PROFILE);
    value(options.hasLsmMountContext(), options.getLsmMountContext(), CriuOption.LSM_MOUNT_CONTEXT);
    value(
        options.hasGhostLimit(),
        Integer.toUnsignedString(options.getGhostLimit()),
        CriuOption.GHOST_LIMIT);
    value(options.hasNetworkLock(), options.getNetworkLock().name(), CriuOption.NETWORK_LOCK);
    options.getSkipMntList().forEach(path -> settings.add(CriuOption.SKIP_MNT, path));
    options.getEnableFsList().forEach(name -> settings.add(CriuOption.ENABLE_FS, name));
    options.getIrmapScanPathsList().forEach(path -> settings.add(CriuOption.IRMAP_SCAN_PATH, path));
    for (InheritFd inherited : options.getInheritFdList()) {
      settings.add(CriuOption.INHERIT_FD, "fd[" + inherited.getFd() + "]:" + inherited.getKey());
    }
  }

  private void namespaces() {
    if (options.getEmptyNs() != 0) {
      settings.add(CriuOption.EMPTY_NS, NamespaceKind.NET.word());
    }
    for (JoinNamespace join : options.getJoinNsList()) {
      String ids = join.hasExtraOpt() ? "," + join.getExtraOpt() : "";
      settings.add(CriuOption.JOIN_NS, join.getNs() + ":" + join.getNsFile() + ids);
    }
    for (CriuVethPair veth : options.getVethsList()) {
      settings.add(CriuOption.VETH_PAIR, veth.getIfIn() + "=" + veth.getIfOut());
    }
  }

  private void external() {
    options.getExternalList().forEach(text -> settings.add(CriuOption.EXTERNAL, text));
    for (ExtMountMap mount : options.getExtMntList()) {
      settings.add(CriuOption.EXTERNAL, "mnt[" + mount.getKey() + "]:" + mount.getVal());
    }
    if (options.getAutoExtMnt()) {
      settings.add(CriuOption.EXT_MOUNT_MAP, "auto");
    }
    flag(options.hasExtSharing(), options.getExtSharing(), CriuOption.ENABLE_EXTERNAL_SHARING);
    flag(options.hasExtMasters(), options.getExtMasters(), CriuOption.ENABLE_EXTERNAL_MASTERS);
    if (options.hasExtUnixSk()) {
      settings.forget(CriuOption.EXT_UNIX_SK);
      if (options.getExtUnixSk()) {
        settings.add(CriuOption.EXT_UNIX_SK, "");
      }
      for (UnixSk socket : options.getUnixSkInoList()) {
        settings.add(CriuOption.EXT_UNIX_SK, Integer.toUnsignedString(socket.getInode()));
      }
    }
  }

  private void cgroups() {
    if (options.hasManageCgroupsMode()) {
      settings.set(
          CriuOption.MANAGE_CGROUPS,
          switch (options.getManageCgroupsMode()) {
            case IGNORE -> "ignore";
            case CG_NONE -> "none";
            case PROPS -> "props";
            case SOFT, DEFAULT -> "soft";
            case FULL -> "full";
            case STRICT -> "strict";
          });
    } else if (options.hasManageCgroups()) {
      settings.set(CriuOption.MANAGE_CGROUPS, options.getManageCgroups() ? "soft" : "ignore");
    }
    for (CgroupRoot root : options.getCgRootList()) {
      String controllers = root.hasCtrl() ? root.getCtrl() + ":" : "";
      settings.add(CriuOption.CGROUP_ROOT, controllers + root.getPath());
    }
    value(options.hasCgroupProps(), options.getCgroupProps(), CriuOption.CGROUP_PROPS);
    value(options.hasCgroupPropsFile(), options.getCgroupPropsFile(), CriuOption.CGROUP_PROPS_FILE);
    value(options.hasCgroupYard(), options.getCgroupYard(), CriuOption.CGROUP_YARD);
    options
        .getCgroupDumpControllerList()
        .forEach(name -> settings.add(CriuOption.CGROUP_DUMP_CONTROLLER, name));
  }

  private void memory() {
    flag(options.hasTrackMem(), options.getTrackMem(), CriuOption.TRACK_MEM);
    flag(options.hasAutoDedup(), options.getAutoDedup(), CriuOption.AUTO_DEDUP);
    flag(options.hasLazyPages(), options.getLazyPages(), CriuOption.LAZY_PAGES);
    value(options.hasParentImg(), options.getParentImg(), CriuOption.PREV_IMAGES_DIR);
    if (options.hasPreDumpMode()) {
      settings.set(
          CriuOption.PRE_DUMP_MODE,
          switch (options.getPreDumpMode()) {
            case SPLICE -> "splice";
            case VM_READ -> "read";
          });
    }
    if (options.hasPs()) {
      pageServer(options.getPs());
    }
    if (options.hasCpuCap()) {
      settings.set(CriuOption.CPU_CAP, cpuCapabilities(options.getCpuCap() | CPU_CAP_IMAGE));
    }
    flag(options.getTls(), options.getTls(), CriuOption.TLS);
    flag(options.getTlsNoCnVerify(), options.getTlsNoCnVerify(), CriuOption.TLS_NO_CN_VERIFY);
    value(options.hasTlsCacert(), options.getTlsCacert(), CriuOption.TLS_CACERT);
    value(options.hasTlsCacrl(), options.getTlsCacrl(), CriuOption.TLS_CACRL);
    value(options.hasTlsCert(), options.getTlsCert(), CriuOption.TLS_CERT);
    value(options.hasTlsKey(), options.getTlsKey(), CriuOption.TLS_KEY);
  }

  private void pageServer(CriuPageServerInfo server) {
    settings.set(CriuOption.PAGE_SERVER, !options.getLazyPages());
    value(server.hasAddress(), server.getAddress(), CriuOption.ADDRESS);
    value(server.getPort() != 0, Integer.toString(server.getPort() & 0xffff), CriuOption.PORT);
    value(server.hasFd(), Integer.toString(server.getFd()), CriuOption.PS_SOCKET);
  }

  /** The bit word as the words that mean the same, forgetting what the defaults are. */
  private static String cpuCapabilities(int bits) {
    StringBuilder words = new StringBuilder("none");
    String[] names = {"fpu", "cpu", "ins", "image"};
    for (int i = 0; i < names.length; i++) {
      if ((bits & 1 << i) != 0) {
        words.append(',').append(names[i]);
      }
    }
    return words.toString();
  }
}

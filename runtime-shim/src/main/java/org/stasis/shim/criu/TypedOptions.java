package org.stasis.shim.criu;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.stasis.engine.options.DumpOptions;
import org.stasis.engine.options.FileValidation;
import org.stasis.engine.options.InheritFd;
import org.stasis.engine.options.JoinNamespace;
import org.stasis.engine.options.LsmProfile;
import org.stasis.engine.options.NamespaceKind;
import org.stasis.engine.options.NetworkLock;
import org.stasis.engine.options.PageServer;
import org.stasis.engine.options.PreDumpMode;
import org.stasis.engine.options.RestoreOptions;
import org.stasis.engine.options.TlsOptions;
import org.stasis.shim.Caller;

/** Reads the text of settings into what the engine is told. */
final class TypedOptions {
  private static final int HIGHEST_ID = 0xffff;
  private static final int HIGHEST_PORT = 0xffff;

  private final Settings settings;
  private final Caller caller;

  /**
   * Reads for one command.
   *
   * @param settings what was asked for
   * @param caller whose paths they name
   */
  TypedOptions(Settings settings, Caller caller) {
    this.settings = settings;
    this.caller = caller;
  }

  /**
   * What a dump or pre-dump is told.
   *
   * @param images the images directory
   * @param work the work directory
   * @param pid the root task
   * @param orphanPtsMaster whether somebody will take masters of terminals at the restore
   * @throws UsageException when a value cannot be understood
   */
  DumpOptions dump(Path images, Path work, int pid, boolean orphanPtsMaster) throws UsageException {
    DumpOptions.Builder builder =
        DumpOptions.builder(images, pid)
            .workDirectory(work)
            .finalState(settings.finalState())
            .shellJob(settings.on(CriuOption.SHELL_JOB))
            .tcpEstablished(settings.on(CriuOption.TCP_ESTABLISHED))
            .tcpClose(settings.on(CriuOption.TCP_CLOSE))
            .tcpSkipInFlight(settings.on(CriuOption.SKIP_IN_FLIGHT))
            .externals(new ExternalOptions(settings).all())
            .extUnixSockets(settings.asksFor(CriuOption.EXT_UNIX_SK))
            .fileLocks(settings.on(CriuOption.FILE_LOCKS))
            .linkRemap(settings.on(CriuOption.LINK_REMAP))
            .evasiveDevices(settings.on(CriuOption.EVASIVE_DEVICES))
            .forceIrmap(settings.on(CriuOption.FORCE_IRMAP))
            .irmapScanPaths(settings.list(CriuOption.IRMAP_SCAN_PATH))
            .ghostLimitBytes(ghostLimit())
            .ghostFiemap(settings.on(CriuOption.GHOST_FIEMAP, true))
            .timeoutSeconds(settings.number(CriuOption.TIMEOUT, 10, 1, Integer.MAX_VALUE))
            .cgroups(new CgroupSettings(settings, caller).read())
            .emptyNetNamespace(emptyNetNamespace())
            .skipMounts(settings.list(CriuOption.SKIP_MNT))
            .enableFilesystems(filesystems())
            .externalSharing(settings.on(CriuOption.ENABLE_EXTERNAL_SHARING))
            .externalMasters(settings.on(CriuOption.ENABLE_EXTERNAL_MASTERS))
            .trackMemory(settings.on(CriuOption.TRACK_MEM))
            .preDumpMode(preDumpMode())
            .lazyPages(settings.on(CriuOption.LAZY_PAGES))
            .autoDedup(settings.on(CriuOption.AUTO_DEDUP))
            .networkLock(networkLock())
            .fileValidation(fileValidation())
            .orphanPtsMaster(orphanPtsMaster)
            .cpuCapabilities(CpuCapabilitySyntax.read(settings))
            .stream(settings.on(CriuOption.STREAM))
            .unprivileged(settings.on(CriuOption.UNPRIVILEGED))
            .allowUprobes(settings.on(CriuOption.ALLOW_UPROBES))
            .allowDeprecated(settings.on(CriuOption.DEPRECATED));
    settings.value(CriuOption.FREEZE_CGROUP).map(caller::resolve).ifPresent(builder::freezeCgroup);
    settings.value(CriuOption.ROOT).map(caller::resolve).ifPresent(builder::root);
    settings.value(CriuOption.PREV_IMAGES_DIR).ifPresent(builder::previousImages);
    if (settings.on(CriuOption.PAGE_SERVER)) {
      builder.pageServer(pageServer());
    }
    return builder.build();
  }

  /**
   * What a restore is told.
   *
   * @param images the images directory
   * @param work the work directory
   * @param orphanPtsMaster whether somebody takes masters of terminals
   * @throws UsageException when a value cannot be understood
   */
  RestoreOptions restore(Path images, Path work, boolean orphanPtsMaster) throws UsageException {
    RestoreOptions.Builder builder =
        RestoreOptions.builder(images)
            .workDirectory(work)
            .sibling(settings.on(CriuOption.RESTORE_SIBLING))
            .shellJob(settings.on(CriuOption.SHELL_JOB))
            .tcpEstablished(settings.on(CriuOption.TCP_ESTABLISHED))
            .tcpClose(settings.on(CriuOption.TCP_CLOSE))
            .externals(new ExternalOptions(settings).provided(caller))
            .inheritDescriptors(inheritDescriptors())
            .joinNamespaces(joinNamespaces())
            .extUnixSockets(settings.asksFor(CriuOption.EXT_UNIX_SK))
            .fileLocks(settings.on(CriuOption.FILE_LOCKS))
            .linkRemap(settings.on(CriuOption.LINK_REMAP))
            .evasiveDevices(settings.on(CriuOption.EVASIVE_DEVICES))
            .cgroups(new CgroupSettings(settings, caller).read())
            .emptyNetNamespace(emptyNetNamespace())
            .enableFilesystems(filesystems())
            .externalSharing(settings.on(CriuOption.ENABLE_EXTERNAL_SHARING))
            .externalMasters(settings.on(CriuOption.ENABLE_EXTERNAL_MASTERS))
            .mountCompatMode(settings.on(CriuOption.MNTNS_COMPAT_MODE))
            .weakSysctls(settings.on(CriuOption.WEAK_SYSCTLS))
            .skipFileRwxCheck(settings.on(CriuOption.SKIP_FILE_RWX_CHECK))
            .fileValidation(fileValidation())
            .cpuCapabilities(CpuCapabilitySyntax.read(settings))
            .lazyPages(settings.on(CriuOption.LAZY_PAGES))
            .autoDedup(settings.on(CriuOption.AUTO_DEDUP))
            .orphanPtsMaster(orphanPtsMaster)
            .stream(settings.on(CriuOption.STREAM))
            .unprivileged(settings.on(CriuOption.UNPRIVILEGED))
            .allowUprobes(settings.on(CriuOption.ALLOW_UPROBES))
            .allowDeprecated(settings.on(CriuOption.DEPRECATED));
    settings.value(CriuOption.ROOT).map(caller::resolve).ifPresent(builder::root);
    settings.value(CriuOption.LSM_MOUNT_CONTEXT).ifPresent(builder::lsmMountContext);
    String profile = settings.value(CriuOption.LSM_PROFILE).orElse(null);
    if (profile != null) {
      builder.lsmProfile(parsed(CriuOption.LSM_PROFILE, profile, LsmProfile::parse));
    }
    return builder.build();
  }

  private PageServer pageServer() throws UsageException {
    int descriptor = settings.number(CriuOption.PS_SOCKET, -1, 0, Integer.MAX_VALUE);
    TlsOptions tls =
        new TlsOptions(
            settings.value(CriuOption.TLS_CACERT).map(caller::resolve),
            settings.value(CriuOption.TLS_CACRL).map(caller::resolve),
            settings.value(CriuOption.TLS_CERT).map(caller::resolve),
            settings.value(CriuOption.TLS_KEY).map(caller::resolve),
            !settings.on(CriuOption.TLS_NO_CN_VERIFY));
    return new PageServer(
        settings.value(CriuOption.ADDRESS),
        settings.number(CriuOption.PORT, 0, 1, HIGHEST_PORT),
        descriptor < 0 ? OptionalInt.empty() : OptionalInt.of(descriptor),
        settings.on(CriuOption.TLS) ? Optional.of(tls) : Optional.empty());
  }

  private List<InheritFd> inheritDescriptors() throws UsageException {
    List<InheritFd> result = new ArrayList<>();
    for (String text : settings.list(CriuOption.INHERIT_FD)) {
      if (!DebugText.isOne(text)) {
        result.add(parsed(CriuOption.INHERIT_FD, text, InheritFd::parse));
      }
    }
    return result;
  }

  private List<JoinNamespace> joinNamespaces() throws UsageException {
    List<JoinNamespace> result = new ArrayList<>();
    for (String text : settings.list(CriuOption.JOIN_NS)) {
      result.add(parsed(CriuOption.JOIN_NS, text, this::joinNamespace));
    }
    return result;
  }

  /** {@code NS:{PID|FILE}[,UID[,GID]]}. */
  private JoinNamespace joinNamespace(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("NS:PID or NS:FILE is needed");
    }
    NamespaceKind kind = NamespaceKind.parse(text.substring(0, colon));
    String[] parts = text.substring(colon + 1).split(",", -1);
    if (parts[0].isEmpty() || parts.length > 3) {
      throw new IllegalArgumentException("after the colon comes PID or FILE[,UID[,GID]]");
    }
    boolean isPid = parts[0].chars().allMatch(c -> c >= '0' && c <= '9');
    String file = isPid ? "/proc/" + parts[0] + "/ns/" + kind.word() : parts[0];
    return new JoinNamespace(kind, caller.resolve(file), id(parts, 1), id(parts, 2));
  }

  private static OptionalInt id(String[] parts, int index) {
    if (parts.length <= index) {
      return OptionalInt.empty();
    }
    int id = Integer.parseInt(parts[index]);
    if (id < 0 || id > HIGHEST_ID) {
      throw new IllegalArgumentException("an id is 0 to " + HIGHEST_ID + ", not " + id);
    }
    return OptionalInt.of(id);
  }

  private boolean emptyNetNamespace() throws UsageException {
    for (String kind : settings.list(CriuOption.EMPTY_NS)) {
      if (!kind.equals(NamespaceKind.NET.word())) {
        throw Settings.invalid(CriuOption.EMPTY_NS, kind + "; only net can be left empty", null);
      }
    }
    return !settings.list(CriuOption.EMPTY_NS).isEmpty();
  }

  private List<String> filesystems() {
    List<String> names = new ArrayList<>();
    for (String text : settings.list(CriuOption.ENABLE_FS)) {
      for (String name : text.split(",", -1)) {
        if (!name.isEmpty()) {
          names.add(name);
        }
      }
    }
    return names;
  }

  private long ghostLimit() throws UsageException {
    String text = settings.value(CriuOption.GHOST_LIMIT).orElse("1M");
    return parsed(CriuOption.GHOST_LIMIT, text, ByteSize::parse);
  }

  private NetworkLock networkLock() throws UsageException {
    String method = settings.value(CriuOption.NETWORK_LOCK).orElse("iptables");
    return switch (method.toLowerCase(Locale.ROOT)) {
      case "iptables" -> NetworkLock.IPTABLES;
      case "nftables" -> NetworkLock.NFTABLES;
      case "skip", "none" -> NetworkLock.SKIP;
      default -> throw Settings.invalid(CriuOption.NETWORK_LOCK, method, null);
    };
  }

  private FileValidation fileValidation() throws UsageException {
    String mode = settings.value(CriuOption.FILE_VALIDATION).orElse("buildid");
    return switch (mode) {
      case "filesize" -> FileValidation.FILE_SIZE;
      case "buildid" -> FileValidation.BUILD_ID;
      default -> throw Settings.invalid(CriuOption.FILE_VALIDATION, mode, null);
    };
  }

  private PreDumpMode preDumpMode() throws UsageException {
    String mode = settings.value(CriuOption.PRE_DUMP_MODE).orElse("splice");
    return switch (mode) {
      case "splice" -> PreDumpMode.SPLICE;
      case "read" -> PreDumpMode.READ;
      default -> throw Settings.invalid(CriuOption.PRE_DUMP_MODE, mode, null);
    };
  }

  /** Reads a value by a method that throws IllegalArgumentException. */
  static <T> T parsed(CriuOption option, String text, Function<String, T> parser)
      throws UsageException {
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      throw Settings.invalid(option, text, e);
    }
  }
}

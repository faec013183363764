package org.stasis.shim.criu;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.ActionListener;
import org.stasis.engine.CheckpointEngine;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.CheckOptions;
import org.stasis.engine.options.Feature;
import org.stasis.engine.options.FinalState;
import org.stasis.images.proto.CriuFeatures;
import org.stasis.images.proto.CriuOpts;
import org.stasis.linux.Errno;
import org.stasis.linux.Seqpacket;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Caller;
import org.stasis.shim.criu.rpc.RequestException;
import org.stasis.shim.criu.rpc.Requests;
import org.stasis.shim.log.SessionLog;

/** Does what RPC clients ask for, as the commands of the same names do. */
final class RpcRequests implements Requests {
  private static final Logger LOG = LoggerFactory.getLogger(RpcRequests.class);
  private static final int BAD_REQUEST = Errno.EBADRQC.number();
  private static final int NO_DESCRIPTOR = -1;

  private final Caller caller;
  private final CheckpointEngine engine;
  private final SessionLog log;
  private final Settings base;
  private final Seqpacket.Credentials peer;
  private final boolean inOwnProcess;

  /**
   * Prepares to serve one client.
   *
   * @param base what configuration files and the command line said
   * @param peer the client
   * @param inOwnProcess whether the client started the serving process for itself alone: then
   *     numbers of descriptors of that process mean something to it
   */
  RpcRequests(
      Caller caller,
      CheckpointEngine engine,
      SessionLog log,
      Settings base,
      Seqpacket.Credentials peer,
      boolean inOwnProcess) {
    this.caller = caller;
    this.engine = engine;
    this.log = log;
    this.base = base;
    this.peer = peer;
    this.inOwnProcess = inOwnProcess;
  }

  @Override
  public boolean dump(CriuOpts options, Optional<ActionListener> client) throws RequestException {
    return inDirectories(
        options,
        (settings, directories) -> {
          work(settings, directories, options, client).dump(pid(options));
          return options.hasPid() || settings.finalState() != FinalState.KILLED;
        });
  }

  @Override
  public void preDump(CriuOpts options) throws RequestException {
    inDirectories(
        options,
        (settings, directories) ->
            work(settings, directories, options, Optional.empty()).preDump(pid(options)));
  }

  @Override
  public int restore(CriuOpts options, Optional<ActionListener> client) throws RequestException {
    return inDirectories(
        options,
        (settings, directories) -> {
          InheritedDescriptors.require(settings, caller);
          return work(settings, directories, options, client).restore().rootPid();
        });
  }

  private Work work(
      Settings settings,
      Directories directories,
      CriuOpts options,
      Optional<ActionListener> client) {
    Work work = new Work(caller, engine, log, settings, directories);
    client.ifPresent(listener -> work.telling(listener, options.getOrphanPtsMaster()));
    return work;
  }

  private int pid(CriuOpts options) throws UsageException {
    int pid = options.hasPid() ? options.getPid() : peer.pid();
    if (pid <= 0) {
      throw new UsageException("pid " + pid + " cannot be dumped");
    }
    return pid;
  }

  @Override
  public void execute(CriuOpts options) throws RequestException {
    try {
      caller.execute(options.getExecCmdList(), log.destination().orElse(null));
    } catch (SyscallException e) {
      throw failed(e.errno(), e);
    }
  }

  @Override
  public void check(Optional<CriuOpts> options) throws RequestException {
    if (options.isPresent() && namesDirectory(options.get())) {
      inDirectories(
          options.get(),
          (settings, directories) -> {
            check();
            return true;
          });
    } else {
      check();
    }
  }

  private void check() throws RequestException {
    Map<String, String> missing = engine.check(CheckOptions.BASIC).missing();
    missing.forEach((what, why) -> LOG.error("{}: {}", what, why));
    if (!missing.isEmpty()) {
      throw new RequestException(0, log.firstError().orElse(null), null);
    }
  }

  private static boolean namesDirectory(CriuOpts options) {
    return options.getImagesDirFd() != NO_DESCRIPTOR
        || options.hasImagesDir()
        || options.hasWorkDirFd();
  }

  @Override
  public CriuFeatures features(CriuFeatures asked) {
    return CriuFeatures.newBuilder()
        .setMemTrack(asked.getMemTrack() && has(Feature.MEM_DIRTY_TRACK))
        .setLazyPages(asked.getLazyPages() && has(Feature.UFFD_NONCOOP))
        .setPidfdStore(asked.getPidfdStore() && has(Feature.PIDFD_STORE))
        .build();
  }

  private boolean has(Feature feature) {
    return new Features(engine).missing(feature).isEmpty();
  }

  @Override
  public RequestException refused(String what, int errno) {
    LOG.error("{} is not supported by Stasis yet", what);
    return new RequestException(errno, log.firstError().orElse(null), null);
  }

  private <R> R inDirectories(CriuOpts options, Body<R> body) throws RequestException {
    try {
      Settings settings = base.copy();
      RpcSettings.apply(settings, options);
      Settings own = ownConfiguration(options, settings);
      log.verbosity(Verbosity.of(settings));
      try (Directories directories =
          Directories.open(images(options, own), workPath(options, own))) {
        openLog(options, own, directories);
        Privilege.require(caller, settings.on(CriuOption.UNPRIVILEGED));
        refuseForeign(options);
        return body.run(settings, directories);
      }
    } catch (UsageException e) {
      log.error(e);
      throw failed(BAD_REQUEST, e);
    } catch (StasisException e) {
      throw failed(e.errno(), e);
    } catch (SyscallException e) {
      log.error(e);
      throw failed(e.errno(), e);
    } catch (RuntimeException e) {
      log.error(e);
      throw failed(0, e);
    }
  }

  private RequestException failed(int errno, Exception cause) {
    String message = log.firstError().orElse(cause.getMessage());
    return new RequestException(errno, message, cause);
  }

  /** The configuration file of the request: its values win over the request's. */
  private Settings ownConfiguration(CriuOpts options, Settings settings) throws UsageException {
    Settings own = new Settings();
    if (!options.getConfigFile().isEmpty()) {
      List<GivenOption> given = new ConfigSources(caller).file(options.getConfigFile());
      settings.apply(given);
      own.apply(given);
    }
    return own;
  }

  private Path images(CriuOpts options, Settings own) throws UsageException {
    Optional<String> configured = own.value(CriuOption.IMAGES_DIR);
    if (configured.isPresent()) {
      return caller.resolve(configured.get());
    }
    if (options.getImagesDirFd() != NO_DESCRIPTOR) {
      return ofPeer(options.getImagesDirFd());
    }
    if (options.hasImagesDir()) {
      return caller.resolve(options.getImagesDir());
    }
    throw new UsageException("neither images_dir_fd nor images_dir says where the images are");
  }

  private Path workPath(CriuOpts options, Settings own) throws UsageException {
    Optional<String> configured = own.value(CriuOption.WORK_DIR);
    if (configured.isPresent()) {
      return caller.resolve(configured.get());
    }
    if (options.hasWorkDirFd() && options.getWorkDirFd() != NO_DESCRIPTOR) {
      return ofPeer(options.getWorkDirFd());
    }
    Optional<String> before = base.value(CriuOption.WORK_DIR);
    return before.isPresent() ? caller.resolve(before.get()) : images(options, own);
  }

  /** Descriptors of directories are numbers in the client, not in the serving process. */
  private Path ofPeer(int descriptor) {
    return Path.of("/proc/" + peer.pid() + "/fd/" + descriptor);
  }

  private void openLog(CriuOpts options, Settings own, Directories directories)
      throws UsageException {
    if (options.getLogFile().indexOf('/') >= 0) {
      throw new UsageException(
          "log_file " + options.getLogFile() + " must be a name without directories");
    }
    String configured = own.value(CriuOption.LOG_FILE).orElse("");
    if (configured.isEmpty() && !options.hasLogFile() && options.getLogToStderr()) {
      SessionLogs.toStandard(log, 2, caller);
      return;
    }
    String before = base.value(CriuOption.LOG_FILE).orElse("criu.log");
    String requested = options.hasLogFile() ? options.getLogFile() : before;
    SessionLogs.open(log, directories, configured.isEmpty() ? requested : configured, caller);
  }

  private void refuseForeign(CriuOpts options) throws UsageException {
    if (inOwnProcess) {
      return;
    }
    if (peer.uid() != 0 && peer.uid() != caller.effectiveUid()) {
      throw new UsageException("user " + peer.uid() + " may not use this service");
    }
    if (options.getRstSibling() || options.getInheritFdCount() > 0 || options.getPs().hasFd()) {
      throw new UsageException(
          "rst_sibling, inherit_fd and ps.fd make sense with swrk alone, not with a service");
    }
  }

  /** What is done with the directories of a request. */
  private interface Body<R> {
    R run(Settings settings, Directories directories)
        throws UsageException, StasisException, SyscallException, RequestException;
  }
}

package org.stasis.shim.criu;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.ActionListener;
import org.stasis.engine.CheckpointEngine;
import org.stasis.images.proto.CriuOpts;
import org.stasis.linux.Fd;
import org.stasis.linux.Processes;
import org.stasis.linux.Seqpacket;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Caller;
import org.stasis.shim.criu.rpc.RequestException;
import org.stasis.shim.log.SessionLog;

/**
 * What {@code criu swrk} does with a DUMP or RESTORE request, for a door that would have to send
 * itself one: configuration files, log, statistics and all.
 */
public final class OwnRequests {
  private static final Logger LOG = LoggerFactory.getLogger(OwnRequests.class);

  private final Caller caller;
  private final CheckpointEngine engine;

  /**
   * Prepares.
   *
   * @param caller on whose behalf
   * @param engine that does it
   */
  public OwnRequests(Caller caller, CheckpointEngine engine) {
    this.caller = caller;
    this.engine = engine;
  }

  /**
   * Dumps.
   *
   * @param options as an RPC client would send them, but for the directories
   * @param images the images directory, openable by this process
   * @param work the directory of log and statistics, openable by this process
   * @param client told of the stages
   * @throws RequestException when it failed; the tree runs on
   * @throws SyscallException when one of the directories cannot be opened
   */
  public void dump(CriuOpts options, Path images, Path work, ActionListener client)
      throws RequestException, SyscallException {
    run(
        options,
        images,
        work,
        (requests, complete) -> requests.dump(complete, Optional.of(client)));
  }

  /**
   * Restores.
   *
   * @param options as an RPC client would send them, but for the directories
   * @param images the images directory, openable by this process
   * @param work the directory of log and statistics, openable by this process
   * @throws RequestException when it failed; nothing of the tree is left
   * @throws SyscallException when one of the directories cannot be opened
   */
  public void restore(CriuOpts options, Path images, Path work)
      throws RequestException, SyscallException {
    run(
        options,
        images,
        work,
        (requests, complete) -> requests.restore(complete, Optional.empty()));
  }

  /** One of the two. */
  private interface Request {
    void make(RpcRequests requests, CriuOpts options) throws RequestException;
  }

  private void run(CriuOpts options, Path images, Path work, Request request)
      throws RequestException, SyscallException {
    SessionLog log = new SessionLog();
    try (Fd imagesDirectory = Fd.openDirectory(images.toString());
        Fd workDirectory = Fd.openDirectory(work.toString());
        SessionLog.Attachment _ = log.attach()) {
      Seqpacket.Credentials self =
          new Seqpacket.Credentials(Processes.self(), caller.effectiveUid(), 0);
      CriuOpts complete =
          options.toBuilder()
              .setImagesDirFd(imagesDirectory.number())
              .setWorkDirFd(workDirectory.number())
              .build();
      request.make(new RpcRequests(caller, engine, log, configured(log), self, true), complete);
    } finally {
      log.close();
      log.failure().ifPresent(e -> LOG.warn("the log of pid {} is not complete", caller.pid(), e));
    }
  }

  private Settings configured(SessionLog log) throws RequestException {
    try {
      return new ConfigSources(caller).read(Getopt.parse("criu", List.of("swrk")));
    } catch (UsageException e) {
      log.error(e);
      throw new RequestException(0, e.getMessage(), e);
    }
  }
}

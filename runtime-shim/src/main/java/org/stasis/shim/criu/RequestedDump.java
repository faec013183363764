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
 * What {@code criu swrk} does with a DUMP request, for a door that would have to send itself one:
 * configuration files, log, statistics and all.
 */
public final class RequestedDump {
  private static final Logger LOG = LoggerFactory.getLogger(RequestedDump.class);

  private final Caller caller;
  private final CheckpointEngine engine;

  /**
   * Prepares to dump.
   *
   * @param caller on whose behalf
   * @param engine that does it
   */
  public RequestedDump(Caller caller, CheckpointEngine engine) {
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
  public void run(CriuOpts options, Path images, Path work, ActionListener client)
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
      new RpcRequests(caller, engine, log, configured(log), self, true)
          .dump(complete, Optional.of(client));
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

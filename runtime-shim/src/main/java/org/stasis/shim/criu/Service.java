package org.stasis.shim.criu;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.ActionListener;
import org.stasis.engine.CheckResult;
import org.stasis.engine.CheckpointEngine;
import org.stasis.engine.DumpResult;
import org.stasis.engine.RestoreResult;
import org.stasis.engine.RootAgent;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.CheckOptions;
import org.stasis.engine.options.DumpOptions;
import org.stasis.engine.options.RestoreOptions;
import org.stasis.linux.Errno;
import org.stasis.linux.EventCounter;
import org.stasis.linux.Fd;
import org.stasis.linux.Names;
import org.stasis.linux.Poll;
import org.stasis.linux.Seqpacket;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Caller;
import org.stasis.shim.criu.rpc.Conversation;
import org.stasis.shim.criu.rpc.RpcChannel;
import org.stasis.shim.log.SessionLog;

/**
 * {@code criu service}: clients of a Unix socket, each served on a thread of its own, until the
 * caller ends it.
 *
 * <p>Restored trees are made in the place of the one process that serves, so restores take turns;
 * they become its children.
 */
final class Service {
  private static final Logger LOG = LoggerFactory.getLogger(Service.class);
  private static final String DEFAULT_ADDRESS = "criu_service.socket";
  private static final int BACKLOG = 16;
  private static final int ANYBODY = 0666;

  private final Caller caller;
  private final CheckpointEngine engine;
  private final Settings settings;
  private final Directories directories;
  private final List<RpcChannel> open = new ArrayList<>();

  Service(Caller caller, CheckpointEngine engine, Settings settings, Directories directories) {
    this.caller = caller;
    this.engine = new OneRestoreAtATime(engine);
    this.settings = settings;
    this.directories = directories;
  }

  /** Serves until the session is cancelled or the socket fails. */
  int run() throws UsageException, SyscallException {
    if (settings.on(CriuOption.RESTORE_DETACHED)) {
      throw new UsageException(
          "service --daemon is not supported by Stasis yet: have a supervisor or shell run it");
    }
    String path = path();
    try (Fd ended = EventCounter.create(0, EventCounter.EFD_CLOEXEC);
        Seqpacket socket = listen(path)) {
      caller.onCancel(() -> end(ended));
      tellReady();
      while (!endedOrReady(ended, socket)) {
        serve(new RpcChannel(socket.accept()));
      }
    }
    return CriuSession.FAILURE; // a service has no other end
  }

  private String path() {
    String address = settings.value(CriuOption.ADDRESS).orElse(DEFAULT_ADDRESS);
    return address.startsWith("/")
        ? caller.resolve(address).toString()
        : directories.workSeenByOthers().resolve(address).toString();
  }

  private static Seqpacket listen(String path) throws SyscallException {
    try {
      Names.unlink(null, path, 0);
    } catch (SyscallException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
    Seqpacket socket = Seqpacket.listen(path, BACKLOG);
    Names.changeMode(null, path, ANYBODY);
    return socket;
  }

  private void tellReady() throws UsageException, SyscallException {
    String name = settings.value(CriuOption.PIDFILE).orElse(null);
    if (name != null) {
      String resolved = name.startsWith("/") ? caller.resolve(name).toString() : name;
      new PidFile(directories.workDirectory(), resolved).write(caller.pid());
    }
    int descriptor = settings.number(CriuOption.STATUS_FD, -1, 0, Integer.MAX_VALUE);
    if (descriptor >= 0) {
      try (Fd status = caller.descriptor(descriptor)) {
        status.writeFully(new byte[1]);
      }
    }
  }

  private static boolean endedOrReady(Fd ended, Seqpacket socket) throws SyscallException {
    int[] ready =
        Poll.await(
            List.of(
                new Poll.Interest(ended, Poll.POLLIN), new Poll.Interest(socket.fd(), Poll.POLLIN)),
            -1);
    return ready[0] != 0;
  }

  private void end(Fd ended) {
    byte[] one = {1, 1, 1, 1, 1, 1, 1, 1};
    try {
      ended.writeFully(one);
      synchronized (open) {
        open.forEach(Serving::cancel);
      }
    } catch (SyscallException e) {
      throw new IllegalStateException("cannot end the service", e);
    }
  }

  private void serve(RpcChannel channel) {
    synchronized (open) {
      open.add(channel);
    }
    Thread.ofPlatform().name("criu service client").start(() -> converse(channel));
  }

  private void converse(RpcChannel channel) {
    try (SessionLog log = new SessionLog();
        SessionLog.Attachment _ = log.attach();
        channel) {
      RpcRequests requests =
          new RpcRequests(caller, engine, log, new Settings(), channel.peer(), false);
      int status = new Conversation(channel, requests).run();
      LOG.debug("a client of the service was served: {}", status);
    } catch (SyscallException e) {
      LOG.error("a client of the service is gone", e);
    } finally {
      synchronized (open) {
        open.remove(channel);
      }
    }
  }

  /** The serving process obeys one order at a time. */
  private static final class OneRestoreAtATime implements CheckpointEngine {
    private final CheckpointEngine engine;
    private final ReentrantLock turn = new ReentrantLock();

    OneRestoreAtATime(CheckpointEngine engine) {
      this.engine = engine;
    }

    @Override
    public RestoreResult restore(RestoreOptions options, RootAgent root, ActionListener actions)
        throws StasisException {
      turn.lock();
      try {
        return engine.restore(options, root, actions);
      } finally {
        turn.unlock();
      }
    }

    @Override
    public DumpResult dump(DumpOptions options, ActionListener actions) throws StasisException {
      return engine.dump(options, actions);
    }

    @Override
    public DumpResult preDump(DumpOptions options, ActionListener actions) throws StasisException {
      return engine.preDump(options, actions);
    }

    @Override
    public CheckResult check(CheckOptions options) {
      return engine.check(options);
    }
  }
}

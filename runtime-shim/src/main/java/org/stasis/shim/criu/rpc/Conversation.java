package org.stasis.shim.criu.rpc;

import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.ActionListener;
import org.stasis.images.proto.CriuDumpResp;
import org.stasis.images.proto.CriuOpts;
import org.stasis.images.proto.CriuReq;
import org.stasis.images.proto.CriuReqType;
import org.stasis.images.proto.CriuResp;
import org.stasis.images.proto.CriuRestoreResp;
import org.stasis.images.proto.CriuVersion;
import org.stasis.linux.Errno;
import org.stasis.linux.SyscallException;

/**
 * The requests of one client, from the first to the end of the connection. Most conversations are
 * one request and its reply; some requests may ask to be kept open, and pre-dumps go on until a
 * dump.
 */
public final class Conversation {
  /** Went well, or a failure that the reply told of. */
  static final int SUCCESS = 0;

  /** A dump or restore failed. */
  static final int FAILURE = 1;

  /** The protocol was broken, or a series of pre-dumps ended without its dump. */
  static final int BROKEN = 255;

  private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);
  private static final int MAJOR = org.stasis.shim.criu.CriuVersion.MAJOR;
  private static final int MINOR = org.stasis.shim.criu.CriuVersion.MINOR;
  private static final int NO_TASK = -1;

  private final RpcChannel channel;
  private final Requests requests;

  /**
   * Prepares a conversation.
   *
   * @param channel with the client
   * @param requests who does what it asks for
   */
  public Conversation(RpcChannel channel, Requests requests) {
    this.channel = channel;
    this.requests = requests;
  }

  /**
   * Serves the client to the end.
   *
   * @return the exit status of the serving process
   */
  public int run() {
    try {
      while (true) {
        CriuReq request = channel.receive();
        if (request.getKeepOpen() && !mayKeepOpen(request)) {
          LOG.error("{} cannot keep the connection open", request.getType());
          return BROKEN;
        }
        if (request.hasType() && request.getType() == CriuReqType.PRE_DUMP) {
          return series(request);
        }
        Step step = serve(request);
        if (!request.getKeepOpen() || !step.success) {
          return step.status;
        }
      }
    } catch (RpcProtocolException e) {
      LOG.error(e.getMessage());
      return BROKEN;
    }
  }

  private static boolean mayKeepOpen(CriuReq request) {
    return request.hasType()
        && switch (request.getType()) {
          case PAGE_SERVER, PAGE_SERVER_CHLD, CPUINFO_DUMP, CPUINFO_CHECK, FEATURE_CHECK, VERSION ->
              true;
          case EMPTY, DUMP, RESTORE, CHECK, PRE_DUMP, NOTIFY, WAIT_PID, SINGLE_PRE_DUMP -> false;
        };
  }

  private Step serve(CriuReq request) throws RpcProtocolException {
    if (!request.hasType()) {
      return invalid("a request of unknown type");
    }
    return switch (request.getType()) {
      case DUMP -> dump(request);
      case RESTORE -> restore(request);
      case SINGLE_PRE_DUMP -> preDump(request);
      case CHECK -> check(request);
      case FEATURE_CHECK -> features(request);
      case VERSION -> version();
      case CPUINFO_DUMP, CPUINFO_CHECK -> refuse(request.getType(), Errno.EOPNOTSUPP.number());
      case PAGE_SERVER, PAGE_SERVER_CHLD -> refuse(CriuReqType.PAGE_SERVER, 0);
      case WAIT_PID -> waitPid(request.getPid());
      case EMPTY, NOTIFY, PRE_DUMP -> invalid(request.getType() + " in the wrong place");
    };
  }

  /** Pre-dumps until a dump; anything else breaks the series. */
  private int series(CriuReq first) throws RpcProtocolException {
    CriuReq request = first;
    while (request.hasType() && request.getType() == CriuReqType.PRE_DUMP) {
      Step step = preDump(request);
      if (!step.success) {
        return BROKEN;
      }
      request = channel.receive();
    }
    if (request.hasType() && request.getType() == CriuReqType.DUMP && !request.getKeepOpen()) {
      return dump(request).status;
    }
    return invalid("a series of pre-dumps goes on with PRE_DUMP or DUMP").status;
  }

  private Step dump(CriuReq request) throws RpcProtocolException {
    CriuDumpResp details = CriuDumpResp.newBuilder().setRestored(false).build();
    try {
      if (requests.dump(options(request), client(request))) {
        channel.send(Reply.success(CriuReqType.DUMP).setDump(details).build(), null);
      }
      return Step.DONE;
    } catch (RequestException e) {
      channel.send(Reply.failure(CriuReqType.DUMP, e).setDump(details).build(), null);
      return Step.FAILED;
    }
  }

  private Step preDump(CriuReq request) throws RpcProtocolException {
    CriuReqType type = request.getType();
    try {
      requests.preDump(options(request));
      channel.send(Reply.success(type).build(), null);
      return Step.DONE;
    } catch (RequestException e) {
      channel.send(Reply.failure(type, e).build(), null);
      return Step.BROKE_OFF;
    }
  }

  private Step restore(CriuReq request) throws RpcProtocolException {
    CriuRestoreResp.Builder details = CriuRestoreResp.newBuilder().setPid(NO_TASK);
    try {
      details.setPid(requests.restore(options(request), client(request)));
    } catch (RequestException e) {
      channel.send(Reply.failure(CriuReqType.RESTORE, e).setRestore(details).build(), null);
      return Step.FAILED;
    }
    channel.send(Reply.success(CriuReqType.RESTORE).setRestore(details).build(), null);
    return request.getOpts().getExecCmdCount() == 0 ? Step.DONE : execute(request.getOpts());
  }

  private Step execute(CriuOpts options) {
    try {
      channel.shutdown();
      requests.execute(options);
      return Step.DONE;
    } catch (SyscallException e) {
      LOG.error("cannot close the connection before the command", e);
      return Step.FAILED;
    } catch (RequestException e) {
      LOG.error("cannot execute the command", e);
      return Step.FAILED;
    }
  }

  private Step check(CriuReq request) throws RpcProtocolException {
    try {
      requests.check(request.hasOpts() ? Optional.of(request.getOpts()) : Optional.empty());
      channel.send(Reply.success(CriuReqType.CHECK).build(), null);
      return Step.DONE;
    } catch (RequestException e) {
      channel.send(Reply.failure(CriuReqType.CHECK, e).build(), null);
      return Step.ANSWERED;
    }
  }

  private Step features(CriuReq request) throws RpcProtocolException {
    if (!request.hasFeatures()) {
      LOG.error("FEATURE_CHECK asks for no features");
      channel.send(Reply.failure(CriuReqType.FEATURE_CHECK).build(), null);
      return Step.ANSWERED;
    }
    CriuResp reply =
        Reply.success(CriuReqType.FEATURE_CHECK)
            .setFeatures(requests.features(request.getFeatures()))
            .build();
    channel.send(reply, null);
    return Step.DONE;
  }

  private Step version() throws RpcProtocolException {
    CriuVersion version =
        CriuVersion.newBuilder().setMajorNumber(MAJOR).setMinorNumber(MINOR).build();
    channel.send(Reply.success(CriuReqType.VERSION).setVersion(version).build(), null);
    return Step.DONE;
  }

  private Step refuse(CriuReqType replyType, int errno) throws RpcProtocolException {
    RequestException refusal = requests.refused(replyType.name(), errno);
    channel.send(Reply.failure(replyType, refusal).build(), null);
    return Step.ANSWERED;
  }

  /** The only children that could be waited for are page servers, and none is ever started. */
  private Step waitPid(int pid) throws RpcProtocolException {
    LOG.error("cannot wait for {}: it is no child of this process", pid);
    channel.send(Reply.failure(CriuReqType.WAIT_PID).build(), null);
    return Step.ANSWERED;
  }

  private Step invalid(String what) throws RpcProtocolException {
    LOG.error("invalid request: {}", what);
    channel.send(Reply.failure(CriuReqType.EMPTY).build(), null);
    return Step.BROKE_OFF;
  }

  private CriuOpts options(CriuReq request) throws RequestException {
    if (!request.hasOpts()) {
      throw new RequestException(
          Errno.EBADRQC.number(), request.getType() + " needs options", null);
    }
    return request.getOpts();
  }

  private Optional<ActionListener> client(CriuReq request) {
    return request.getOpts().getNotifyScripts()
        ? Optional.of(new Notifications(channel))
        : Optional.empty();
  }

  /** What a request came to. */
  private enum Step {
    DONE(true, SUCCESS),
    ANSWERED(false, SUCCESS),
    FAILED(false, FAILURE),
    BROKE_OFF(false, BROKEN);

    private final boolean success;
    private final int status;

    Step(boolean success, int status) {
      this.success = success;
      this.status = status;
    }
  }
}

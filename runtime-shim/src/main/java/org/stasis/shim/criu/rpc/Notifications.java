package org.stasis.shim.criu.rpc;

import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.stasis.engine.Action;
import org.stasis.engine.ActionListener;
import org.stasis.engine.ActionRefusedException;
import org.stasis.images.proto.CriuNotify;
import org.stasis.images.proto.CriuReq;
import org.stasis.images.proto.CriuReqType;
import org.stasis.images.proto.CriuResp;
import org.stasis.linux.Fd;

/** Tells a client of the stages, and waits for its consent to each. */
public final class Notifications implements ActionListener {
  private final RpcChannel channel;

  Notifications(RpcChannel channel) {
    this.channel = channel;
  }

  @Override
  public void reached(Action stage, OptionalInt rootPid) throws ActionRefusedException {
    boolean tellsPid = stage == Action.SETUP_NAMESPACES || stage == Action.POST_RESTORE;
    ask(stage, tellsPid ? rootPid : OptionalInt.empty(), null);
  }

  @Override
  public List<String> queryExternal() throws ActionRefusedException {
    CriuReq answer = ask(Action.QUERY_EXT_FILES, OptionalInt.empty(), null);
    return List.copyOf(answer.getOpts().getExternalList());
  }

  @Override
  public void orphanPtsMaster(Fd master) throws ActionRefusedException {
    ask(Action.ORPHAN_PTS_MASTER, OptionalInt.empty(), master);
  }

  private CriuReq ask(Action stage, OptionalInt pid, @Nullable Fd descriptor)
      throws ActionRefusedException {
    CriuNotify.Builder notify = CriuNotify.newBuilder().setScript(stage.word());
    pid.ifPresent(notify::setPid);
    CriuReq answer;
    try {
      channel.send(
          CriuResp.newBuilder()
              .setType(CriuReqType.NOTIFY)
              .setSuccess(true)
              .setNotify(notify)
              .build(),
          descriptor);
      answer = channel.receive();
    } catch (RpcProtocolException e) {
      throw new ActionRefusedException(stage, e.getMessage());
    }
    if (answer.getType() != CriuReqType.NOTIFY || !answer.hasType()) {
      throw new ActionRefusedException(stage, "the client answered with another request");
    }
    if (!answer.getNotifySuccess()) {
      throw new ActionRefusedException(stage, "the client refused");
    }
    return answer;
  }
}

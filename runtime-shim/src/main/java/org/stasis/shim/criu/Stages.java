package org.stasis.shim.criu;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.Action;
import org.stasis.engine.ActionListener;
import org.stasis.engine.ActionRefusedException;
import org.stasis.engine.Cancellation;
import org.stasis.linux.Fd;

/** Several listeners as one, asked in their order; remembers who refused what. */
final class Stages implements ActionListener {
  private static final Logger LOG = LoggerFactory.getLogger(Stages.class);

  private final List<ActionListener> listeners;
  private final Cancellation cancellation;
  private @Nullable Action refused;

  Stages(List<ActionListener> listeners, Cancellation cancellation) {
    this.listeners = List.copyOf(listeners);
    this.cancellation = cancellation;
  }

  /** The stage that was refused, if any. */
  Optional<Action> refused() {
    return Optional.ofNullable(refused);
  }

  @Override
  public void reached(Action stage, OptionalInt rootPid) throws ActionRefusedException {
    for (ActionListener listener : listeners) {
      try {
        listener.reached(stage, rootPid);
      } catch (ActionRefusedException e) {
        refuse(stage, e);
      }
    }
  }

  private void refuse(Action stage, ActionRefusedException e) throws ActionRefusedException {
    if (stage.mayRefuse()) {
      refused = stage;
      throw e;
    }
    LOG.error(e.getMessage());
  }

  @Override
  public List<String> queryExternal() throws ActionRefusedException {
    List<String> externals = new ArrayList<>();
    for (ActionListener listener : listeners) {
      try {
        externals.addAll(listener.queryExternal());
      } catch (ActionRefusedException e) {
        refuse(Action.QUERY_EXT_FILES, e);
      }
    }
    return externals;
  }

  @Override
  public Cancellation cancellation() {
    return cancellation;
  }

  @Override
  public void orphanPtsMaster(Fd master) throws ActionRefusedException {
    if (listeners.isEmpty()) {
      ActionListener.super.orphanPtsMaster(master);
      return;
    }
    listeners.getFirst().orphanPtsMaster(master); // the RPC client: nobody else can take it
  }
}

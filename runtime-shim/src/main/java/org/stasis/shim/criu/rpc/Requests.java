package org.stasis.shim.criu.rpc;

import java.util.Optional;
import org.stasis.engine.ActionListener;
import org.stasis.images.proto.CriuFeatures;
import org.stasis.images.proto.CriuOpts;

/** Who does what clients ask for. One for each conversation, called by one thread. */
public interface Requests {
  /**
   * Dumps.
   *
   * @param options as the client sent them
   * @param client to be told of the stages, if it asked for that
   * @return whether the client is to be told: not when it dumped itself and was to be killed
   * @throws RequestException when it failed
   */
  boolean dump(CriuOpts options, Optional<ActionListener> client) throws RequestException;

  /**
   * Dumps memory alone; the tree runs on. The client is not told of the stages.
   *
   * @param options as the client sent them
   * @throws RequestException when it failed
   */
  void preDump(CriuOpts options) throws RequestException;

  /**
   * Restores.
   *
   * @param options as the client sent them
   * @param client to be told of the stages, if it asked for that
   * @return the pid of the root task
   * @throws RequestException when it failed
   */
  int restore(CriuOpts options, Optional<ActionListener> client) throws RequestException;

  /**
   * Has the serving process become the command that goes with a restore, once the client was told
   * and the connection closed.
   *
   * @param options of the restore, with a command
   * @throws RequestException when it cannot
   */
  void execute(CriuOpts options) throws RequestException;

  /**
   * Looks whether this machine can dump and restore.
   *
   * @param options as the client sent them, if it did
   * @throws RequestException when it cannot
   */
  void check(Optional<CriuOpts> options) throws RequestException;

  /**
   * Looks at single features.
   *
   * @param asked those to look at are true
   * @return all of them; those not asked for are false
   */
  CriuFeatures features(CriuFeatures asked);

  /**
   * Refuses a request that is understood but cannot be done.
   *
   * @param what its name
   * @param errno for the reply
   * @return what to throw; it is logged
   */
  RequestException refused(String what, int errno);
}

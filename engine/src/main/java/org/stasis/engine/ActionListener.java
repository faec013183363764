package org.stasis.engine;

import java.util.List;
import java.util.OptionalInt;
import org.stasis.linux.Fd;

/**
 * Told of the stages of a dump or restore: the action scripts and RPC notifications of the doors.
 * Called on the session's thread, which waits for the answer.
 */
public interface ActionListener {
  /** Listens to nothing and refuses nothing. */
  ActionListener NONE = (stage, rootPid) -> {};

  /**
   * A stage has been reached.
   *
   * @param stage which
   * @param rootPid the root task, in the engine's pid namespace, once it exists
   * @throws ActionRefusedException to abort, where {@link Action#mayRefuse()}
   */
  void reached(Action stage, OptionalInt rootPid) throws ActionRefusedException;

  /**
   * Asks which further objects are external, just before they are looked for.
   *
   * @return values of {@code --external}, in addition to the options'
   * @throws ActionRefusedException to abort
   */
  default List<String> queryExternal() throws ActionRefusedException {
    return List.of();
  }

  /**
   * Hands over the master of a terminal that the tree had but whose master it had not.
   *
   * @param master the new pty's master; closed by the caller afterwards
   * @throws ActionRefusedException when nobody wants it
   */
  default void orphanPtsMaster(Fd master) throws ActionRefusedException {
    throw new ActionRefusedException(
        Action.ORPHAN_PTS_MASTER, "nobody takes the terminal's master");
  }

  /**
   * Tells whether the caller still wants what it asked for.
   *
   * @return asked by the engine again and again, from any of its threads
   */
  default Cancellation cancellation() {
    return Cancellation.NEVER;
  }
}

package org.stasis.engine;

/** A listener, script or RPC client said no to a stage. */
public final class ActionRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Action stage;

  /**
   * Says what was refused and why.
   *
   * @param stage the stage refused
   * @param reason for people
   */
  public ActionRefusedException(Action stage, String reason) {
    super(stage.word() + ": " + reason);
    this.stage = stage;
  }

  /**
   * The stage refused.
   *
   * @return the stage
   */
  public Action stage() {
    return stage;
  }
}

package org.stasis.engine.options;

/** What becomes of a tree after its dump. */
public enum FinalState {
  /** Every task is killed. */
  KILLED,
  /** Every task runs on. */
  RUNNING,
  /** Every task stays stopped. */
  STOPPED
}

package org.stasis.engine;

import org.stasis.linux.Errno;

/** A dump or restore that nobody wants any more: the caller has gone away. It was undone. */
public final class CancelledException extends StasisException {
  private static final long serialVersionUID = 1L;

  /** Says so. */
  public CancelledException() {
    super("", "", "the caller has gone away", Errno.ECANCELED.number(), "", null);
  }
}

package org.stasis.shim.archive;

import java.io.IOException;

/** Something that is no archive of a checkpoint, a damaged one, or one that can't be made. */
public final class ArchiveException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * Describes it.
   *
   * @param problem what is wrong, and what can be done
   */
  public ArchiveException(String problem) {
    super(problem);
  }

  /**
   * Describes it.
   *
   * @param problem what is wrong, and what can be done
   * @param cause why
   */
  public ArchiveException(String problem, Throwable cause) {
    super(problem, cause);
  }
}

package org.stasis.shim.criu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.stasis.shim.Caller;

/** What a caller must be allowed to do, capabilities(7). */
final class Privilege {
  private static final int CAP_SYS_ADMIN = 21;
  private static final int CAP_CHECKPOINT_RESTORE = 40;
  private static final String FIELD = "CapEff:";

  private Privilege() {}

  /**
   * Refuses callers that may not dump or restore.
   *
   * @param unprivileged whether the caller accepts the limits of not being root
   * @throws UsageException when it may not; says what it needs
   */
  static void require(Caller caller, boolean unprivileged) throws UsageException {
    long capabilities = effective(caller.pid());
    if ((capabilities & (1L << CAP_SYS_ADMIN | 1L << CAP_CHECKPOINT_RESTORE)) == 0) {
      throw new UsageException(
          "CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE is needed: run this as root, or give the"
              + " program that capability (setcap cap_checkpoint_restore+eip)");
    }
    if (caller.effectiveUid() != 0 && !unprivileged) {
      throw new UsageException(
          "not running as root: use --unprivileged to go on with what is possible");
    }
  }

  private static long effective(int pid) throws UsageException {
    Path status = Path.of("/proc/" + pid + "/status");
    try {
      String text = Files.readString(status);
      int start = text.indexOf(FIELD);
      int end = text.indexOf('\n', start);
      if (start < 0 || end < 0) {
        throw new UsageException(status + " has no line " + FIELD);
      }
      return Long.parseUnsignedLong(text.substring(start + FIELD.length(), end).trim(), 16);
    } catch (IOException e) {
      throw new UsageException("cannot read " + status + ": " + e, e);
    }
  }
}

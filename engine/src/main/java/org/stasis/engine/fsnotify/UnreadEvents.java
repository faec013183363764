package org.stasis.engine.fsnotify;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.stasis.engine.StasisException;
import org.stasis.engine.spi.OpenFile;
import org.stasis.linux.SyscallException;

/** Events that were queued and not read yet: the kernel takes none back. */
final class UnreadEvents {
  private static final Logger LOG = LoggerFactory.getLogger(UnreadEvents.class);
  private static final int FIONREAD = 0x541B;

  private UnreadEvents() {}

  /** Says how many a dump loses. */
  static void warn(OpenFile file) throws StasisException, SyscallException {
    int unread = file.duplicate().ioctlInt(FIONREAD, "FIONREAD");
    if (unread > 0) {
      LOG.warn("{}: {} bytes of events are lost", file.describe(), unread);
    }
  }
}

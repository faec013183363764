package org.stasis.shim.criu;

import org.stasis.engine.options.InheritFd;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;
import org.stasis.shim.Caller;

/** Descriptors that a restored tree shall take over from the caller. */
final class InheritedDescriptors {
  private InheritedDescriptors() {}

  /**
   * Looks whether the caller has them all.
   *
   * @throws UsageException naming the first that it lacks
   */
  static void require(Settings settings, Caller caller) throws UsageException {
    for (String text : settings.list(CriuOption.INHERIT_FD)) {
      if (!DebugText.isOne(text)) {
        require(TypedOptions.parsed(CriuOption.INHERIT_FD, text, InheritFd::parse), caller);
      }
    }
  }

  private static void require(InheritFd inherited, Caller caller) throws UsageException {
    try (Fd fd = caller.descriptor(inherited.fd())) {
      fd.stat();
    } catch (SyscallException e) {
      throw new UsageException(
          "cannot inherit fd " + inherited.fd() + " for " + inherited.key() + ": " + e.getMessage(),
          e);
    }
  }
}

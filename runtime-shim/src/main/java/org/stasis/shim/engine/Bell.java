package org.stasis.shim.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.stasis.linux.Errno;
import org.stasis.linux.EventCounter;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;

/** Wakes a thread that waits in poll(2), from any other. */
final class Bell implements AutoCloseable {
  private static final byte[] ONE =
      ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(0, 1).array();

  private final Fd fd;

  Bell() throws SyscallException {
    fd = EventCounter.create(0, EventCounter.EFD_CLOEXEC | EventCounter.EFD_NONBLOCK);
  }

  /** Readable from the first ring until it is silenced. */
  Fd fd() {
    return fd;
  }

  void ring() {
    try {
      fd.writeFully(ONE);
    } catch (SyscallException e) {
      throw new AssertionError("an eventfd that is never full", e);
    }
  }

  void silence() throws SyscallException {
    try {
      fd.read(new byte[Long.BYTES], 0, Long.BYTES);
    } catch (SyscallException e) {
      if (!e.is(Errno.EAGAIN)) { // silent already
        throw e;
      }
    }
  }

  @Override
  public void close() throws SyscallException {
    fd.close();
  }
}

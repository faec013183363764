package org.stasis.engine.eventfd;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.stasis.linux.Fd;
import org.stasis.linux.SyscallException;

/**
 * Finds out whether an eventfd was made with {@code EFD_SEMAPHORE} where the kernel does not tell
 * (before Linux 6.5): a semaphore gives one at a time. Nobody else reads or writes it meanwhile,
 * since its holders are stopped; the counter is the same afterwards.
 */
final class SemaphoreProbe {
  private SemaphoreProbe() {}

  static boolean isSemaphore(Fd eventfd, long counter) throws SyscallException {
    boolean enough = Long.compareUnsigned(counter, 2) >= 0; // one and all differ
    if (!enough) {
      add(eventfd, 2 - counter);
    }
    boolean semaphore = take(eventfd) == 1;
    if (semaphore && enough) {
      add(eventfd, 1);
    } else if (semaphore && counter == 0) {
      take(eventfd);
    } else if (!semaphore && counter != 0) {
      add(eventfd, counter);
    }
    return semaphore;
  }

  static void add(Fd eventfd, long count) throws SyscallException {
    eventfd.writeFully(
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(count).array());
  }

  private static long take(Fd eventfd) throws SyscallException {
    byte[] counter = new byte[Long.BYTES];
    int read = eventfd.read(counter, 0, counter.length);
    if (read != counter.length) {
      throw new AssertionError("an eventfd gave " + read + " bytes");
    }
    return ByteBuffer.wrap(counter).order(ByteOrder.nativeOrder()).getLong();
  }
}

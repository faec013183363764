package org.stasis.linux;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;

/** A thread that has namespaces of its own for as long as it runs. */
public final class OwnNamespaces {
  private static final int CLONE_FS = 0x200;
  public static final int CLONE_NEWNS = 0x20000;
  public static final int CLONE_NEWNET = 0x40000000;

  private OwnNamespaces() {}

  /** What is done there. */
  @FunctionalInterface
  public interface Work {
    /** Does it. */
    void run() throws Exception;
  }

  /** Does work in new namespaces; mounts don't leave a new mount namespace. */
  public static void run(int flags, Work work) throws IOException {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    Syscall.check(Syscall.raw(SyscallNumber.UNSHARE, CLONE_FS | flags), "unshare");
                    if ((flags & CLONE_NEWNS) != 0) {
                      MountApi.changePropagation("/", MountApi.MS_PRIVATE | MountApi.MS_REC);
                    }
                    work.run();
                  } catch (Throwable e) {
                    failure.set(e);
                  }
                });
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    if (failure.get() instanceof Error e) {
      throw e; // an assertion, as the test made it
    }
    if (failure.get() != null) {
      throw new IOException(failure.get());
    }
  }
}

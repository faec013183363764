package org.stasis.images;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Small files on their way to the disk: a thread of their own makes and fills them, in the order
 * they came. Making a file takes longer than putting its content together, and those who wait for
 * the images are processes that stand still.
 *
 * <p>What fails is told to whoever comes next, and surely to {@link #finish}.
 */
final class WriteBehind {
  /** As much may wait; who has more waits too. */
  private static final long ROOM_BYTES = 32L << 20;

  private record Waiting(Path file, byte[] content) {}

  private final Queue<Waiting> waiting = new ArrayDeque<>();
  private long waitingBytes;
  private @Nullable Thread thread;
  private @Nullable IOException failure;
  private boolean ending;

  /**
   * Takes a file; one that is there is emptied first.
   *
   * @param content all of it; not to be changed any more
   * @throws IOException when one that came before could not be written
   */
  synchronized void add(Path file, byte[] content) throws IOException {
    if (thread == null) {
      thread = Thread.ofPlatform().daemon().name("images").start(this::run);
    }
    while (failure == null && waitingBytes > ROOM_BYTES) {
      await();
    }
    throwFailure();
    waiting.add(new Waiting(file, content));
    waitingBytes += content.length;
    notifyAll();
  }

  /**
   * Waits until all is written. Nothing can be added any more.
   *
   * @throws IOException when something could not be written
   */
  void finish() throws IOException {
    end();
    synchronized (this) {
      throwFailure();
    }
  }

  /** Forgets what still waits; nothing is being written any more when this returns. */
  void cancel() throws IOException {
    synchronized (this) {
      waiting.clear();
    }
    end();
  }

  private void end() throws IOException {
    Thread writer;
    synchronized (this) {
      ending = true;
      writer = thread;
      notifyAll();
    }
    if (writer == null) return;
    try {
      writer.join();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private void run() {
    try {
      for (Waiting next = next(); next != null; next = next()) {
        write(next);
        written(next);
      }
    } catch (IOException e) {
      fail(e);
    }
  }

  private synchronized @Nullable Waiting next() throws IOException {
    while (waiting.isEmpty() && !ending) {
      await();
    }
    return waiting.poll();
  }

  private static void write(Waiting next) throws IOException {
    ByteBuffer content = ByteBuffer.wrap(next.content());
    try (FileChannel channel =
        FileChannel.open(
            next.file(),
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      while (content.hasRemaining()) channel.write(content);
    }
  }

  private synchronized void written(Waiting file) {
    waitingBytes -= file.content().length;
    notifyAll();
  }

  private synchronized void fail(IOException e) {
    failure = e;
    waiting.clear();
    notifyAll();
  }

  private void throwFailure() throws IOException {
    if (failure != null) throw new IOException(failure.getMessage(), failure);
  }

  private void await() throws IOException {
    try {
      wait();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static IOException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IOException("interrupted while writing images", e);
  }
}

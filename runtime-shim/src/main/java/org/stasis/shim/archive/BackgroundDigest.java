package org.stasis.shim.archive;

import java.io.InterruptedIOException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 computed by a thread of its own, while who passes the bytes compresses or writes them:
 * each of them takes as long as the other. Content that is small is not handed over.
 */
public final class BackgroundDigest implements AutoCloseable {
  private static final int PIECE_BYTES = 256 << 10;
  private static final int PIECES = 8;

  /**
   * Bytes handed over.
   *
   * @param bytes where they are; of length 0 at the end of a content
   * @param length how many
   */
  private record Piece(byte[] bytes, int length) {}

  private final BlockingQueue<Piece> full = new ArrayBlockingQueue<>(PIECES + 1);
  private final BlockingQueue<byte[]> free = new ArrayBlockingQueue<>(PIECES);
  private final BlockingQueue<String> results = new ArrayBlockingQueue<>(1);
  private final MessageDigest own = Checksums.sha256();
  private byte @Nullable [] current;
  private int filled;
  private boolean handedOver;
  private @Nullable Thread thread;

  /**
   * Takes bytes.
   *
   * @param bytes where they are; copied
   * @param start first index
   * @param length how many
   * @throws InterruptedIOException when the calling thread is interrupted
   */
  public void update(byte[] bytes, int start, int length) throws InterruptedIOException {
    for (int done = 0; done < length; ) {
      byte[] piece = current == null ? emptyPiece() : current;
      current = piece;
      int part = Math.min(length - done, piece.length - filled);
      System.arraycopy(bytes, start + done, piece, filled, part);
      filled += part;
      done += part;
      if (filled == piece.length) {
        hand(new Piece(piece, filled));
        current = null;
        filled = 0;
      }
    }
  }

  /**
   * Ends a content; what is taken next is another one.
   *
   * @return the digest, 64 hexadecimal digits
   * @throws InterruptedIOException when the calling thread is interrupted
   */
  public String finish() throws InterruptedIOException {
    byte[] piece = current;
    int length = filled;
    filled = 0;
    if (!handedOver) {
      if (piece != null) {
        own.update(piece, 0, length); // the piece stays for the next one
      }
      return HexFormat.of().formatHex(own.digest());
    }
    current = null;
    if (piece != null) {
      hand(new Piece(piece, length));
    }
    hand(new Piece(new byte[0], 0));
    handedOver = false;
    try {
      return results.take();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private byte[] emptyPiece() {
    byte[] used = free.poll();
    return used == null ? new byte[PIECE_BYTES] : used; // no more than are in the queue, and two
  }

  private void hand(Piece piece) throws InterruptedIOException {
    if (thread == null) {
      thread = Thread.ofPlatform().name("sha256").daemon().start(this::digest);
    }
    handedOver = true;
    try {
      full.put(piece);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static InterruptedIOException interrupted(InterruptedException cause) {
    Thread.currentThread().interrupt();
    InterruptedIOException e = new InterruptedIOException("interrupted");
    e.initCause(cause);
    return e;
  }

  private void digest() {
    MessageDigest digest = Checksums.sha256();
    try {
      while (true) {
        Piece piece = full.take();
        byte[] bytes = piece.bytes();
        digest.update(bytes, 0, piece.length());
        if (bytes.length == 0) {
          results.put(HexFormat.of().formatHex(digest.digest()));
        } else {
          free.offer(bytes);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  /** Ends the thread, whatever it was about. */
  @Override
  public void close() {
    Thread running = thread;
    if (running != null) {
      running.interrupt();
      boolean interrupted = false;
      while (true) {
        try {
          running.join();
          break;
        } catch (InterruptedException e) {
          interrupted = true; // it ends at once, whoever waits
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}

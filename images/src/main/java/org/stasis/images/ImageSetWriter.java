package org.stasis.images;

import com.google.protobuf.Message;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Writes the images of one dump. Until {@link #commit} they are in a hidden subdirectory; then they
 * are renamed into place, the inventory last. So no reader ever sees half a set, whether the writer
 * fails, is killed, or the disk is full: without an inventory it is no checkpoint.
 *
 * <p>Files of different kinds and ids can be written from different threads. Small ones are handed
 * to a thread of this set's own: they are there, and known to be whole, with the commit.
 *
 * <pre>{@code
 * try (ImageSetWriter images = ImageSetWriter.create(directory)) {
 *   images.write(ImageKind.CORE, pid, core);
 *   …
 *   images.commit();
 * } // removed here, if it was not committed
 * }</pre>
 */
public final class ImageSetWriter implements Closeable {
  private final Staging staging;
  private final SetReplacement replacement;
  private final boolean onlyPages;
  private final AtomicInteger openWriters = new AtomicInteger();
  private final Runnable onClose = openWriters::decrementAndGet;
  private final WriteBehind behind = new WriteBehind();
  private final AtomicInteger lastPagesId = new AtomicInteger();
  private @Nullable Path parent;
  private boolean done;

  private ImageSetWriter(Staging staging, SetReplacement replacement, boolean onlyPages) {
    this.staging = staging;
    this.replacement = replacement;
    this.onlyPages = onlyPages;
  }

  /**
   * Starts a set. What a writer left that was killed here is removed.
   *
   * @param directory exists; may hold an older set, which {@link #commit} replaces
   * @throws java.nio.file.FileSystemException when another set is being written here
   */
  public static ImageSetWriter create(Path directory) throws IOException {
    SetReplacement replacement = SetReplacement.of(directory);
    return new ImageSetWriter(Staging.in(directory, Staging.SET), replacement, false);
  }

  /**
   * Starts what a page server takes: pages and pagemaps without an inventory, beside a set that may
   * be written to the same directory at the same time.
   *
   * @throws java.nio.file.FileSystemException when another page server writes here
   */
  public static ImageSetWriter createForPages(Path directory) throws IOException {
    SetReplacement replacement = SetReplacement.ofNothing(directory);
    return new ImageSetWriter(Staging.in(directory, Staging.PAGES), replacement, true);
  }

  /** Writes a file of one entry. */
  public void write(ImageKind kind, Message entry) throws IOException {
    try (ImageWriter writer = open(kind)) {
      writer.write(entry);
    }
  }

  /** As the other one, with an id. */
  public void write(ImageKind kind, long id, Message entry) throws IOException {
    try (ImageWriter writer = open(kind, id)) {
      writer.write(entry);
    }
  }

  /**
   * Writes a raw file in one piece.
   *
   * @param content not to be changed any more
   */
  public void writeRaw(ImageKind kind, long id, byte[] content) throws IOException {
    behind.add(raw(kind, id), content);
  }

  /** Writes a file of entries without payloads; where there are none, no file. */
  public void writeAll(ImageKind kind, Iterable<? extends Message> entries) throws IOException {
    try (ImageWriter writer = open(kind)) {
      for (Message entry : entries) writer.write(entry);
    }
  }

  /** As the other one, with an id. */
  public void writeAll(ImageKind kind, long id, Iterable<? extends Message> entries)
      throws IOException {
    try (ImageWriter writer = open(kind, id)) {
      for (Message entry : entries) writer.write(entry);
    }
  }

  /**
   * A file to write entry by entry, made with the first, or later. To be closed before the commit.
   */
  public ImageWriter open(ImageKind kind) {
    return track(new ImageWriter(staged(kind), kind, ImageVersion.V1_1));
  }

  /** As the other one, with an id. */
  public ImageWriter open(ImageKind kind, long id) {
    return track(new ImageWriter(staged(kind, id), kind, ImageVersion.V1_1));
  }

  private ImageWriter track(ImageWriter writer) {
    openWriters.incrementAndGet();
    return writer.onClose(onClose).behind(behind);
  }

  /** A raw file, made at once. To be closed before the commit. */
  public FileChannel openRaw(ImageKind kind, long id) throws IOException {
    return FileChannel.open(raw(kind, id), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  private Path raw(ImageKind kind, long id) {
    if (!kind.isRaw()) throw new IllegalArgumentException(kind + " is not raw");
    return staged(kind, id);
  }

  /**
   * An id for a pages file of this set.
   *
   * @return counted from 1
   */
  public int nextPagesId() {
    return lastPagesId.incrementAndGet();
  }

  /**
   * Where the file of a kind is until the commit, for those who write it by themselves: system
   * calls, other programs.
   */
  public Path staged(ImageKind kind) {
    return staging.path().resolve(requireOurs(kind).fileName());
  }

  /** As the other one, with an id. */
  public Path staged(ImageKind kind, long id) {
    return staging.path().resolve(requireOurs(kind).fileName(id));
  }

  private ImageKind requireOurs(ImageKind kind) {
    if (onlyPages
        && kind != ImageKind.PAGES
        && kind != ImageKind.PAGEMAP
        && kind != ImageKind.SHMEM_PAGEMAP) {
      throw new IllegalArgumentException(kind + " among pages");
    }
    if (kind.isService()) throw new IllegalArgumentException(kind + " goes to the work directory");
    return kind;
  }

  /**
   * Names the dump this one was made on top of. A link that is there already is kept.
   *
   * @param text of the link: relative to the image directory, or absolute
   */
  public void linkParent(Path text) {
    parent = text;
  }

  /**
   * Puts the set in place. An older set in the directory goes: all its images, also those this one
   * has none in place of. If that fails half-way, the older one is put back.
   *
   * @throws IllegalStateException when a writer is still open, or the inventory was not written
   */
  public void commit() throws IOException {
    if (done) throw new IllegalStateException("committed or aborted before");
    if (openWriters.get() > 0) throw new IllegalStateException("images are still being written");
    behind.finish();
    List<String> names = staging.names();
    // The last of all to be renamed.
    boolean inventory = names.remove(ImageKind.INVENTORY.fileName());
    if (inventory) names.add(ImageKind.INVENTORY.fileName());
    if (!inventory && !onlyPages) throw new IllegalStateException("no inventory was written");
    replacement.run(staging.path(), names, parent);
    done = true;
  }

  /** Removes everything written so far; nothing is left in the directory. */
  public void abort() throws IOException {
    done = true;
    try (staging) {
      behind.cancel();
    }
  }

  /** Aborts, unless committed; removes the place where images were written until then. */
  @Override
  public void close() throws IOException {
    abort();
  }
}

package org.stasis.images;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A hidden subdirectory of an image directory, where files stay until their set is complete. Being
 * in the same file system they only have to be renamed then.
 *
 * <p>Its owner holds a lock on a file in it, which goes with the owner's process, however that
 * ends. So what a killed process left can be told from what another is writing right now: the first
 * is removed by the next to come, the second makes it refuse. The lock file is made first and
 * removed last; whoever removes a leftover does it with the lock held.
 */
final class Staging implements Closeable {
  /** Name of the one a dump writes to: one at a time in a directory. */
  static final String SET = ".stasis-set-";

  /** Name of the one a page server writes to, which may go on beside the dump it serves. */
  static final String PAGES = ".stasis-pages-";

  private static final String LOCK = "lock";
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  /** Those of this JVM: opening their lock file again, and closing it, would drop the lock. */
  private static final Set<String> OURS = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel lock;

  private Staging(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /**
   * @param prefix {@link #SET} or {@link #PAGES}
   * @throws FileSystemException when another of this prefix is just being written to
   */
  static Staging in(Path directory, String prefix) throws IOException {
    removeLeftovers(directory, prefix);
    while (true) {
      Path path =
          directory.resolve(prefix + Long.toHexString(ThreadLocalRandom.current().nextLong()));
      OURS.add(key(path));
      FileChannel lock = null;
      try {
        lock = claim(path);
      } finally {
        if (lock == null) OURS.remove(key(path));
      }
      if (lock != null) return new Staging(path, lock);
    }
  }

  private static String key(Path path) {
    return path.getFileName().toString();
  }

  /** Makes and locks it; null when another took it for a leftover before it was locked. */
  private static @Nullable FileChannel claim(Path path) throws IOException {
    try {
      Files.createDirectory(path, OWNER_ONLY);
    } catch (FileAlreadyExistsException e) {
      return null;
    }
    FileChannel channel;
    try {
      channel =
          FileChannel.open(
              path.resolve(LOCK), StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
    } catch (NoSuchFileException e) {
      return null;
    }
    boolean locked = false;
    try {
      FileLock lock = channel.tryLock();
      locked = lock != null && Files.exists(path.resolve(LOCK));
    } finally {
      if (!locked) channel.close();
    }
    return locked ? channel : null;
  }

  private static void removeLeftovers(Path directory, String prefix) throws IOException {
    List<Path> others = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        if (key(entry).startsWith(prefix)) others.add(entry);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    for (Path other : others) {
      if (!Files.isDirectory(other, LinkOption.NOFOLLOW_LINKS)) continue;
      if (OURS.contains(key(other)) || !removeLeftover(other)) {
        throw new FileSystemException(
            directory.toString(), other.toString(), "another dump is being written here");
      }
    }
  }

  /** False when it is somebody's. */
  private static boolean removeLeftover(Path other) throws IOException {
    try (FileChannel channel = FileChannel.open(other.resolve(LOCK), StandardOpenOption.WRITE)) {
      FileLock lock = channel.tryLock();
      if (lock == null) return false;
      removeTree(other);
      return true;
    } catch (NoSuchFileException e) { // just made, or just removed
      try {
        Files.deleteIfExists(other);
        return true;
      } catch (DirectoryNotEmptyException justLocked) {
        return false;
      }
    }
  }

  /** Removes what is in it and then itself, the lock file after all others. */
  private static void removeTree(Path directory) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
          removeTree(entry);
        } else if (!entry.endsWith(LOCK)) {
          Files.delete(entry);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    Files.deleteIfExists(directory.resolve(LOCK));
    Files.delete(directory);
  }

  Path path() {
    return path;
  }

  /** The names of the files in it. */
  List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (ImageKind.ofFileName(name) != null) names.add(name);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return names;
  }

  /** Removes it with all that is still in it. */
  @Override
  public void close() throws IOException {
    try (lock) {
      if (lock.isOpen()) removeTree(path);
    } finally {
      OURS.remove(key(path));
    }
  }
}

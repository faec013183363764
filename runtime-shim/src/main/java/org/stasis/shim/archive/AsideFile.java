package org.stasis.shim.archive;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A file that appears under its name when it is complete and on disk. Nobody but its owner reads
 * it.
 */
public final class AsideFile implements AutoCloseable {
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private final Path target;
  private final Path aside;
  private final FileChannel channel;
  private boolean placed;

  private AsideFile(Path target, Path aside, FileChannel channel) {
    this.target = target;
    this.aside = aside;
    this.channel = channel;
  }

  /**
   * Begins a file.
   *
   * @param target where it is to appear; what is there stays until then
   * @return the file, empty
   * @throws IOException when it cannot be made
   */
  public static AsideFile of(Path target) throws IOException {
    Path aside = besides(target);
    FileChannel channel =
        FileChannel.open(
            aside,
            Set.of(
                StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
            OWNER_ONLY);
    return new AsideFile(target, aside, channel);
  }

  /** A hidden name in the same directory. */
  static Path besides(Path target) throws ArchiveException {
    Path name = target.getFileName();
    if (name == null || name.toString().equals("..") || name.toString().equals(".")) {
      throw new ArchiveException(target + " is no name of a file");
    }
    String random = Long.toHexString(ThreadLocalRandom.current().nextLong());
    return target.resolveSibling("." + name + "." + random + ".unfinished");
  }

  /**
   * Where it is written.
   *
   * @return its channel
   */
  public FileChannel channel() {
    return channel;
  }

  /**
   * Writes at its position.
   *
   * @return a stream, unbuffered
   */
  OutputStream stream() {
    return Channels.newOutputStream(channel);
  }

  /**
   * Puts it in place.
   *
   * @throws IOException when it cannot be brought to disk, or not be renamed
   */
  public void place() throws IOException {
    channel.force(true);
    Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
    placed = true;
    force(target.toAbsolutePath().getParent());
  }

  /** Brings the names in a directory to disk. */
  static void force(Path directory) throws IOException {
    try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
      names.force(true);
    }
  }

  /** Removes it, unless it was put in place. */
  @Override
  public void close() throws IOException {
    channel.close();
    if (!placed) {
      Files.deleteIfExists(aside);
    }
  }
}

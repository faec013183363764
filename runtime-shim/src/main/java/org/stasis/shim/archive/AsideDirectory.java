package org.stasis.shim.archive;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.stasis.linux.Errno;
import org.stasis.linux.Fd;
import org.stasis.linux.Names;
import org.stasis.linux.SyscallException;
import org.stasis.shim.archive.tree.UnpackRules;
import org.stasis.shim.archive.tree.Unpacker;

/**
 * A directory that appears under its name when it is complete. Nobody but its owner sees into it.
 */
public final class AsideDirectory implements AutoCloseable {
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final Path target;
  private final Path aside;
  private boolean placed;

  private AsideDirectory(Path target, Path aside) {
    this.target = target;
    this.aside = aside;
  }

  /**
   * Begins a directory.
   *
   * @param target where it is to appear: nothing, or an empty directory
   * @return the directory, empty
   * @throws IOException when the target is something else, or it cannot be made
   */
  public static AsideDirectory of(Path target) throws IOException {
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS) && !isEmptyDirectory(target)) {
      throw new ArchiveException(target + " exists already, and is no empty directory");
    }
    Path aside = AsideFile.besides(target);
    Files.createDirectory(aside, OWNER_ONLY);
    return new AsideDirectory(target, aside);
  }

  private static boolean isEmptyDirectory(Path path) throws IOException {
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
      return !entries.iterator().hasNext();
    }
  }

  /**
   * Where it is filled.
   *
   * @return its path until it is put in place
   */
  public Path path() {
    return aside;
  }

  /**
   * Puts it in place.
   *
   * @throws IOException when something came to be there meanwhile
   */
  public void place() throws IOException {
    try {
      Names.rename(null, aside.toString(), null, target.toString(), 0);
    } catch (SyscallException e) {
      if (e.is(Errno.ENOTEMPTY) || e.is(Errno.EEXIST)) {
        throw (IOException) new DirectoryNotEmptyException(target.toString()).initCause(e);
      }
      throw e;
    }
    placed = true;
    AsideFile.force(target.toAbsolutePath().getParent());
  }

  /** Removes it with all in it, unless it was put in place. */
  @Override
  public void close() throws IOException {
    Path parent = aside.toAbsolutePath().getParent();
    if (placed || parent == null) {
      return;
    }
    try (Fd directory = Fd.openDirectory(parent.toString())) {
      new Unpacker(directory, UnpackRules.PARTS, null).remove(aside.getFileName().toString());
    }
  }
}

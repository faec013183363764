package org.stasis.shim.archive.oci;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.stasis.shim.archive.ArchiveException;

/** An image layout in a directory. */
final class DirectorySource implements LayoutSource {
  private final Path directory;

  DirectorySource(Path directory) {
    this.directory = directory;
  }

  @Override
  public InputStream open(String name) throws IOException {
    try {
      return Files.newInputStream(directory.resolve(name));
    } catch (NoSuchFileException e) {
      throw new ArchiveException("it is no OCI image layout, or lacks a part: " + name, e);
    }
  }

  @Override
  public void close() {}
}

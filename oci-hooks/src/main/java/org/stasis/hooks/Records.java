package org.stasis.hooks;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The records of containers, a file for each.
 *
 * @param folder where they are
 */
record Records(Path folder) {
  private static final String SUFFIX = ".json";

  private Path file(String id) {
    return folder.resolve(id + SUFFIX);
  }

  /** Writes one, in the place of an older one. */
  void write(ContainerRecord record) throws IOException {
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path file = file(record.id());
    Path written = folder.resolve(record.id() + ".new");
    Files.writeString(written, record.json().text());
    Files.move(written, file, ATOMIC_MOVE);
  }

  /** The record of a container, if there is one. */
  Optional<ContainerRecord> read(String id) throws IOException {
    Path file = file(id);
    try {
      return Optional.of(ContainerRecord.parse(file, Files.readString(file)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Takes one away, if there is one. */
  void delete(String id) throws IOException {
    Files.deleteIfExists(file(id));
  }

  /** The ids of all containers that have one. */
  List<String> ids() throws IOException {
    List<String> ids = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(SUFFIX)) {
          ids.add(name.substring(0, name.length() - SUFFIX.length()));
        }
      }
    }
    return ids;
  }
}

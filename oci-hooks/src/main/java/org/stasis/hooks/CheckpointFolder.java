package org.stasis.hooks;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A container's checkpoints: a folder for each, named by the time (UTC), so that the order of names
 * is that of time. What is not finished is in {@code unfinished}, what failed last in {@code
 * failed}.
 *
 * @param path of the container's folder
 */
record CheckpointFolder(Path path) {
  private static final DateTimeFormatter NAME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  /** Where the next is written; empty. */
  Path begin() throws IOException {
    Path unfinished = path.resolve("unfinished");
    delete(unfinished);
    return Files.createDirectories(
        unfinished,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  /**
   * The one begun is whole; those that are too many go.
   *
   * @return its final place
   */
  Path finish(int keep) throws IOException {
    Instant time = Instant.now();
    Path finished = path.resolve(NAME.format(time));
    while (Files.exists(finished)) {
      time = time.plus(1, ChronoUnit.MICROS);
      finished = path.resolve(NAME.format(time));
    }
    Files.move(path.resolve("unfinished"), finished, ATOMIC_MOVE);
    List<Path> all = checkpoints();
    for (Path old : all.subList(0, Math.max(0, all.size() - keep))) {
      delete(old);
    }
    return finished;
  }

  /** The one begun is none: its logs stay for people to read. */
  Path fail() throws IOException {
    Path failed = path.resolve("failed");
    delete(failed);
    return Files.move(path.resolve("unfinished"), failed, ATOMIC_MOVE);
  }

  /** The finished ones, oldest first. */
  List<Path> checkpoints() throws IOException {
    try (Stream<Path> all = Files.list(path)) {
      return all.filter(each -> Character.isDigit(each.getFileName().toString().charAt(0)))
          .sorted()
          .toList();
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}

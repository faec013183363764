package org.stasis.shim.runc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.stasis.linux.Fd;
import org.stasis.shim.Caller;
import org.stasis.shim.archive.tree.UnpackRules;
import org.stasis.shim.archive.tree.Unpacker;

/**
 * A folder for images on their way into or out of an archive, where the caller has its temporary
 * files; for large ones: {@code TMPDIR}, or {@code /var/tmp}.
 *
 * @param path openable by this process
 * @param name as the caller calls it
 */
record TemporaryFolder(Path path, String name) implements AutoCloseable {
  private static final String PLACE = "/var/tmp";

  /** Makes one that nobody else looks into. */
  static TemporaryFolder make(Caller caller) throws RuntimeFailure {
    String given = caller.environment().getOrDefault("TMPDIR", "");
    String place = given.isEmpty() ? PLACE : given;
    try {
      Path path = Files.createTempDirectory(caller.resolve(place).toRealPath(), "stasis-archive-");
      return new TemporaryFolder(path, place + "/" + path.getFileName());
    } catch (IOException e) {
      throw new RuntimeFailure("making a temporary directory in " + place + ": " + e, e);
    }
  }

  /**
   * Saves a log from being removed with the folder.
   *
   * @param log its path in the folder
   * @param failure that it tells of
   * @return the failure, with the place where the log is now
   */
  RuntimeFailure keeping(String log, RuntimeFailure failure) throws IOException {
    Path from = path.resolve(log);
    if (!Files.exists(from)) {
      return failure;
    }
    String file = "." + from.getFileName();
    Files.move(from, path.resolveSibling(path.getFileName() + file));
    String message = String.valueOf(failure.getMessage()).replace(name + "/" + log, name + file);
    return new RuntimeFailure(message, failure);
  }

  /** Removes it with all that is in it. */
  @Override
  public void close() throws IOException {
    try (Fd directory = Fd.openDirectory(path.resolveSibling(".").toString())) {
      new Unpacker(directory, UnpackRules.PARTS, null).remove(path.getFileName().toString());
    }
  }
}

package org.stasis.podman;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * Programs that container tools can be given as their runtime: {@code stasis-runc} in front of a
 * certain real one. The tools clean the environment, so it takes a program of its own to say which.
 */
final class ShimRuntimes {
  private @Nullable Path program;

  /**
   * The program.
   *
   * @param real name of the real runtime
   * @param peers where stasis-runc is
   */
  Path inFrontOf(String real, Peers peers) {
    if (program != null) {
      return program;
    }
    Path shim = peers.criuDirectory().resolve("stasis-runc");
    Peers.requireThat(Files.isExecutable(shim), "no stasis-runc beside the criu under test");
    try {
      program =
          Files.createTempFile(
              "stasis-over-" + real,
              "",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
      Files.writeString(
          program, "#!/bin/sh\nSTASIS_RUNTIME=" + real + " exec " + shim + " \"$@\"\n");
      return program;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes them. */
  void remove() throws IOException {
    if (program != null) {
      Files.deleteIfExists(program);
    }
  }
}

package org.stasis.specimens;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A mount that shows the machine's root directory, not to be written to; without what is on it. */
final class RootView implements AutoCloseable {
  private final Path path;

  /** Mounts it. */
  RootView() throws IOException {
    path = Files.createTempDirectory("stasis-root");
    try {
      run("mount", "--bind", "/", path.toString());
      run("mount", "--make-private", path.toString());
      run("mount", "-o", "remount,bind,ro", path.toString());
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /** Where it is. */
  Path path() {
    return path;
  }

  private static void run(String... words) throws IOException {
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", words) + ": " + said);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /** Removes it; never what it shows: a directory that is not empty stays. */
  @Override
  public void close() throws IOException {
    try {
      run("umount", "--lazy", path.toString());
    } finally {
      Files.delete(path);
    }
  }
}

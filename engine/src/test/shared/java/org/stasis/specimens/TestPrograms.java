package org.stasis.specimens;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;

/** The C programs of the engine's tests, compiled when they are first asked for. */
final class TestPrograms {
  private static final Path SOURCES =
      Path.of(System.getProperty("stasis.home", "..")).toAbsolutePath().resolve("engine/src/test");
  private static final Path BINARIES = Path.of("target/specimens").toAbsolutePath();

  private TestPrograms() {}

  /** Where specimens are. */
  static Path specimens() {
    return SOURCES.resolve("specimens");
  }

  /**
   * Compiles a program that is not up to date.
   *
   * @param source {@code NAME.c} below {@code src/test}
   * @return the executable
   */
  static synchronized Path compiled(String source) throws IOException {
    Path file = SOURCES.resolve(source);
    String name = file.getFileName().toString();
    Path binary = BINARIES.resolve(name.substring(0, name.length() - 2));
    if (isOlder(binary, file) || isOlder(binary, specimens().resolve("specimen.h"))) {
      Files.createDirectories(BINARIES);
      compile(file, binary);
    }
    return binary;
  }

  private static boolean isOlder(Path binary, Path source) throws IOException {
    if (!Files.exists(binary)) {
      return true;
    }
    FileTime made = Files.getLastModifiedTime(binary);
    return made.compareTo(Files.getLastModifiedTime(source)) < 0;
  }

  private static void compile(Path source, Path binary) throws IOException {
    Process gcc =
        new ProcessBuilder(
                "gcc",
                "-Wall",
                "-O1",
                "-pthread",
                "-o",
                binary.toString(),
                source.toString(),
                "-lrt")
            .redirectErrorStream(true)
            .start();
    String said = new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (gcc.waitFor() != 0) {
        throw new IOException(source + " does not compile:\n" + said);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }
}

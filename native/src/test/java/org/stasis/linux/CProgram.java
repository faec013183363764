package org.stasis.linux;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** C programs of the tests, {@code src/test/c}, compiled when first needed. */
public final class CProgram {
  private static final Path SOURCES = Path.of("src/test/c");
  private static final Path BINARIES = Path.of("target/test-c");

  private CProgram() {}

  /**
   * The result of a command.
   *
   * @param status its exit status
   * @param output what it wrote, errors included
   */
  public record Run(int status, String output) {}

  /** Compiles a program unless it is there already. */
  public static synchronized Path compiled(String name) throws IOException {
    Path source = SOURCES.resolve(name + ".c");
    Path binary = BINARIES.resolve(name).toAbsolutePath();
    if (Files.exists(binary)
        && Files.getLastModifiedTime(binary).compareTo(Files.getLastModifiedTime(source)) > 0) {
      return binary;
    }
    Files.createDirectories(BINARIES);
    Run run = run(List.of("gcc", "-O1", "-Wall", "-pthread", "-o", binary + "", source + ""), "");
    if (run.status() != 0) {
      throw new IOException("gcc " + source + ": " + run.output());
    }
    return binary;
  }

  /** Runs a command to its end. */
  public static Run run(List<String> command, String input) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      process.getOutputStream().write(input.getBytes(UTF_8));
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        throw new IOException(command + " does not end");
      }
      return new Run(process.exitValue(), output);
    } catch (InterruptedException e) {
      throw new IOException(e);
    } finally {
      process.destroyForcibly();
    }
  }
}

package org.stasis.namespaces;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A program that reads or sets the rules of a firewall. Rules have no stable form but the one these
 * programs read and write. It works on the network namespace of the calling thread, which its
 * process inherits.
 */
final class FirewallTool {
  private static final String DIRECTORIES = "/usr/sbin:/sbin:/usr/local/sbin:/usr/bin:/bin";

  private final Path program;

  /**
   * What it printed.
   *
   * @param status exit status
   * @param output standard output
   * @param errors standard error
   */
  record Result(int status, String output, String errors) {}

  private FirewallTool(Path program) {
    this.program = program;
  }

  /**
   * Looks for a program.
   *
   * @param name such as {@code nft}
   * @return the tool, or null when it is not installed
   */
  static @Nullable FirewallTool find(String name) {
    String path = System.getenv("PATH");
    for (String directory : ((path == null ? "" : path + ":") + DIRECTORIES).split(":", -1)) {
      Path program = Path.of(directory.isEmpty() ? "/" : directory, name);
      if (Files.isExecutable(program)) {
        return new FirewallTool(program);
      }
    }
    return null;
  }

  /**
   * Runs it to its end.
   *
   * @param input for its standard input
   * @param arguments of the program
   * @throws IOException when it cannot be run
   */
  Result run(String input, String... arguments) throws IOException {
    List<String> words = new ArrayList<>();
    words.add(program.toString());
    words.addAll(List.of(arguments));
    Path errors = Files.createTempFile("stasis-firewall", "");
    try {
      Process process =
          new ProcessBuilder(words)
              .redirectError(errors.toFile()) // not a pipe: nobody would read it meanwhile
              .start();
      try (OutputStream to = process.getOutputStream()) {
        to.write(input.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        if (process.isAlive() || process.exitValue() == 0) { // else its own words say more
          throw e;
        }
      }
      try (InputStream from = process.getInputStream()) {
        String output = new String(from.readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output, Files.readString(errors));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while running " + program, e);
    } finally {
      Files.delete(errors);
    }
  }

  /** Runs it, which must succeed, and returns what it printed. */
  Result succeed(String input, String... arguments) throws IOException {
    Result result = run(input, arguments);
    if (result.status() != 0) {
      throw new IOException(
          program.getFileName() + " failed: " + (result.errors() + result.output()).strip());
    }
    return result;
  }
}

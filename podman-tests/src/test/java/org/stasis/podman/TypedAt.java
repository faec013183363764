package org.stasis.podman;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A command at a terminal of its own, which script(1) makes, and somebody who types there. */
final class TypedAt implements AutoCloseable {
  private final Process process;
  private final Path shown;

  /**
   * Starts the command.
   *
   * @param before shell commands that are done at the terminal first
   * @param line the command
   * @param after shell commands that are done at the terminal when it has ended
   * @param shown file for all that the terminal shows
   */
  TypedAt(
      String before, List<String> line, String after, Map<String, String> environment, Path shown)
      throws IOException {
    String words =
        line.stream()
            .map(word -> "'" + word.replace("'", "'\\''") + "'")
            .collect(Collectors.joining(" "));
    String all = before + "; " + words + "; status=$?; " + after + "; exit $status";
    ProcessBuilder builder = new ProcessBuilder("script", "-qefc", all, "/dev/null");
    builder.environment().putAll(environment);
    builder.environment().put("SHELL", "/bin/sh");
    builder.redirectErrorStream(true).redirectOutput(shown.toFile());
    this.process = builder.start();
    this.shown = shown;
  }

  void type(String text) throws IOException {
    OutputStream input = process.getOutputStream();
    input.write(text.getBytes(StandardCharsets.UTF_8));
    input.flush();
  }

  /** What the terminal has shown. */
  String shown() {
    try {
      return Files.readString(shown);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until the terminal has shown a text. */
  void await(String text) {
    Eventually.get(text, () -> Optional.of(shown()).filter(all -> all.contains(text)), this::shown);
  }

  /** Waits for the command's end, and tells its status. */
  int end() throws InterruptedException {
    if (!process.waitFor(Eventually.DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("no end: " + shown());
    }
    return process.exitValue();
  }

  @Override
  public void close() throws InterruptedException {
    Command.kill(process);
  }
}

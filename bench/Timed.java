import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A command that has run.
 *
 * @param micros from before its start to after its end
 * @param status its exit status
 * @param output both its streams
 */
record Timed(long micros, int status, String output) {
  private static final long DEADLINE_SECONDS = 120;

  /** Runs a command with a deadline; its output goes to a file, which background processes may keep open. */
  static Timed run(List<String> words, Map<String, String> environment) throws IOException, InterruptedException {
    Path output = Files.createTempFile("stasis-bench", ".out");
    try {
      ProcessBuilder builder = new ProcessBuilder(words);
      builder.environment().putAll(environment);
      builder.redirectErrorStream(true).redirectOutput(output.toFile()).redirectInput(Path.of("/dev/null").toFile());
      long start = System.nanoTime();
      Process process = builder.start();
      if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
        throw new IOException("no end after " + DEADLINE_SECONDS + " s: " + String.join(" ", words));
      }
      long micros = (System.nanoTime() - start) / 1000;
      return new Timed(micros, process.exitValue(), Files.readString(output));
    } finally {
      Files.delete(output);
    }
  }
}

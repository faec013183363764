import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.List;

/**
 * What it costs that a command goes to the OCI runtime through stasis-runc: the same command, by a contender that has
 * no stasis-runc given to the runtime itself.
 */
final class RuntimeScenario implements Scenario {
  private static final int CALLS = 40;

  @Override
  public String name() {
    return "OCI runtime";
  }

  @Override
  public void measure(Contender contender, Path directory, Samples samples) throws IOException, InterruptedException {
    Path nothing = Path.of("/bin/true");
    samples.add("a runtime that does nothing", contender, micros(contender, nothing.toRealPath()));
    samples.add("runc --version", contender, micros(contender, onPath("runc")));
  }

  /** The mean of several calls, each too short to be measured alone. */
  private static long micros(Contender contender, Path runtime) throws IOException, InterruptedException {
    Path door = contender.directory().resolve("criu").toRealPath().resolveSibling("stasis-runc");
    Path program = Files.exists(door) ? door : runtime;
    long start = System.nanoTime();
    for (int i = 0; i < CALLS; i++) {
      Timed timed =
          Timed.run(List.of(program.toString(), "--version"), Map.of("STASIS_RUNTIME", runtime.toString()));
      if (timed.status() != 0) {
        throw new IOException(program + " --version: " + timed.output());
      }
    }
    return (System.nanoTime() - start) / 1000 / CALLS;
  }

  private static Path onPath(String name) throws IOException {
    for (String folder : System.getenv("PATH").split(":")) {
      Path program = Path.of(folder, name);
      if (Files.isExecutable(program)) {
        return program;
      }
    }
    throw new IOException("no " + name + " on PATH");
  }
}

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A running {@code workload.c}, as this process's child: first the JDK's, after a restore an adopted one. */
final class Workload implements AutoCloseable {
  private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final Path output;
  private final Process process;
  private List<Long> children;
  private boolean restored;

  /** Starts it and waits until it is ready. */
  Workload(Path directory, String... arguments) throws IOException, InterruptedException {
    output = directory.resolve("output");
    List<String> words = new ArrayList<>(List.of(System.getProperty("bench.workload")));
    words.addAll(List.of(arguments));
    process =
        new ProcessBuilder(words)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(output.toFile())
            .redirectError(directory.resolve("errors").toFile())
            .start();
    awaitOutput("ready\n");
    children = descendants();
  }

  private List<Long> descendants() {
    return ProcessHandle.of(pid()).stream().flatMap(ProcessHandle::descendants).map(ProcessHandle::pid).toList();
  }

  long pid() {
    return process.pid();
  }

  /** After the dump: it has ended, and its pids are free again. */
  void awaitEnd() throws InterruptedException {
    process.waitFor();
    children.forEach(Kernel::reap); // adopted when their parent ended
    children = List.of();
  }

  /** After the restore: it is there, and all it has is as it left it. */
  void assertGood() throws IOException, InterruptedException {
    restored = true;
    Kernel.kill(pid(), Kernel.SIGUSR1);
    awaitOutput("ready\ngood\n");
  }

  private void awaitOutput(String expected) throws IOException, InterruptedException {
    long end = System.nanoTime() + DEADLINE_NANOS;
    while (!Files.readString(output).equals(expected)) {
      if (System.nanoTime() > end) {
        throw new IOException("the workload says " + Files.readString(output) + "instead of " + expected);
      }
      Thread.sleep(2);
    }
  }

  @Override
  public void close() throws InterruptedException {
    if (!restored) {
      process.destroyForcibly();
      children.forEach(child -> Kernel.kill(child, Kernel.SIGKILL));
      awaitEnd();
      return;
    }
    List<Long> all = new ArrayList<>(List.of(pid()));
    all.addAll(descendants());
    all.forEach(pid -> Kernel.kill(pid, Kernel.SIGKILL));
    all.forEach(Kernel::reap); // the root first: its children are adopted when it ends
  }
}

package org.stasis.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.stasis.linux.Processes;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

/** A group made for one test, below where the tests run; removed with all below it. */
final class TestGroup implements AutoCloseable {
  private final String path;
  private final Path directory;

  private TestGroup(String path, Path directory) {
    this.path = path;
    this.directory = directory;
  }

  /** Makes one; empty when the hierarchy is not mounted or groups can't be made in it. */
  static Optional<TestGroup> make(String hierarchy, String name) throws IOException {
    try (ProcFs proc = ProcFs.open();
        ProcTask self = proc.task(Processes.self())) {
      Hierarchies seen = Hierarchies.seenBy(self, Optional.empty());
      String own = Membership.of(self).groups().get(hierarchy);
      if (own == null) {
        return Optional.empty();
      }
      String path = GroupPaths.join(own, "/" + name + "-" + Processes.self());
      Optional<Path> directory = seen.directory(hierarchy, path);
      if (directory.isEmpty() || !Files.isWritable(directory.get().getParent())) {
        return Optional.empty();
      }
      Files.createDirectory(directory.get());
      return Optional.of(new TestGroup(path, directory.get()));
    }
  }

  String path() {
    return path;
  }

  Path directory() {
    return directory;
  }

  Process start(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    GroupFile.write(directory, "cgroup.procs", Long.toString(process.pid()));
    return process;
  }

  static void end(Process process) throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the process did not end");
    }
  }

  @Override
  public void close() throws IOException {
    try (Stream<Path> below = Files.walk(directory)) {
      for (Path each : below.sorted(Comparator.reverseOrder()).toList()) {
        if (Files.isDirectory(each)) {
          Files.delete(each);
        }
      }
    }
  }
}

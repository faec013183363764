import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Dump and restore of a workload on the host.
 *
 * @param name for the table
 * @param arguments of the workload
 */
record HostScenario(String name, List<String> arguments) implements Scenario {

  @Override
  public void measure(Contender contender, Path directory, Samples samples) throws IOException, InterruptedException {
    Path images = Files.createDirectory(directory.resolve("images"));
    try (Workload workload = new Workload(directory, arguments.toArray(String[]::new))) {
      long dump = contender.dump(workload.pid(), images);
      workload.awaitEnd();
      long restore = contender.restore(images);
      workload.assertGood();
      samples.add(name + ": dump", contender, dump);
      samples.add(name + ": of that frozen", contender, StatsDump.frozenMicros(images.resolve("stats-dump")));
      samples.add(name + ": restore", contender, restore);
    }
  }
}

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/** Compares two programs that understand criu's command line: the same work, turn by turn, in one run. */
public final class Bench {
  private static final String USAGE =
      """
      bench/run [OPTION...] [CRIU]
        CRIU              the program to compare with the real CRIU (dist/bin/criu)
        --rounds N        how often each scenario is measured for each program (9), after one round that isn't
        --only NAME,...   scenarios: small, memory, tree, processes, threads, mappings, sparse,
                          descriptors, shared, podman, runtime (all)
        --memory MIB      how much memory the scenario memory has (1024)
        --directory DIR   where the images go (the cache of scripts/setup)
      """;

  private int rounds = 9;
  private int memoryMib = 1024;
  private List<String> only = List.of("small", "memory", "tree", "processes", "threads", "mappings", "sparse", "descriptors", "shared", "podman", "runtime");
  private Path directory = Path.of(System.getProperty("bench.cache"));
  private Path tested = Path.of(System.getProperty("bench.home"), "dist/bin/criu");

  private Bench() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Bench bench = new Bench();
    if (!bench.understands(List.of(arguments))) {
      System.err.print(USAGE);
      System.exit(2);
    }
    System.exit(bench.run() ? 0 : 1);
  }

  private boolean understands(List<String> words) {
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (!word.startsWith("-")) {
        tested = Path.of(word).toAbsolutePath();
      } else if (i + 1 == words.size()) {
        return false;
      } else {
        String value = words.get(++i);
        switch (word) {
          case "--rounds" -> rounds = Integer.parseInt(value);
          case "--memory" -> memoryMib = Integer.parseInt(value);
          case "--only" -> only = List.of(value.split(","));
          case "--directory" -> directory = Path.of(value).toAbsolutePath();
          default -> {
            return false;
          }
        }
      }
    }
    return true;
  }

  private List<Scenario> scenarios(Properties peers) {
    List<Scenario> all = new ArrayList<>();
    for (String name : only) {
      all.add(
          switch (name) {
            case "small" -> new HostScenario("small process", List.of("small"));
            case "memory" ->
                new HostScenario(memoryMib + " MiB process", List.of("memory", Integer.toString(memoryMib)));
            case "tree" -> new HostScenario("tree of 100 processes", List.of("tree", "100"));
            case "processes" -> new HostScenario("1,000 processes", List.of("tree", "1000"));
            case "threads" -> new HostScenario("1,000 threads", List.of("threads", "1000"));
            case "mappings" -> new HostScenario("10,000 mappings", List.of("mappings", "10000"));
            case "sparse" -> new HostScenario("16 TiB sparse", List.of("sparse", "16"));
            case "descriptors" -> new HostScenario("10,000 descriptors", List.of("descriptors", "10000"));
            case "shared" -> new HostScenario("1,000 processes sharing 100 files", List.of("shared", "1000"));
            case "podman" -> new PodmanScenario(peers);
            case "runtime" -> new RuntimeScenario();
            default -> throw new IllegalArgumentException("no scenario " + name + "\n" + USAGE);
          });
    }
    return all;
  }

  /** Measures and prints; false when a program failed at something. */
  private boolean run() throws IOException, InterruptedException {
    Properties peers = new Properties();
    try (Reader file = Files.newBufferedReader(Path.of(System.getProperty("bench.home"), ".setup/peers.properties"))) {
      peers.load(file);
    }
    if (!Files.isExecutable(tested)) {
      throw new IOException("no program " + tested + "; ./install or ./test builds dist/");
    }
    Path work = Files.createTempDirectory(directory, "bench-");
    Path named = Files.createDirectory(work.resolve("tested"));
    Files.createSymbolicLink(named.resolve("criu"), tested);
    Contender peer = new Contender("CRIU", Path.of(peers.getProperty("criu.peer")));
    Contender other =
        new Contender("Stasis", tested.getFileName().toString().equals("criu") ? tested.getParent() : named);
    Kernel.adoptOrphans();
    Samples samples = new Samples();
    boolean good = true;
    try {
      for (Scenario scenario : scenarios(peers)) {
        good &= measure(scenario, List.of(peer, other), work, samples);
      }
    } finally {
      other.stopEngine();
      delete(work);
    }
    System.out.print(samples.table(peer, other));
    return good;
  }

  private boolean measure(Scenario scenario, List<Contender> contenders, Path work, Samples samples)
      throws IOException, InterruptedException {
    List<Contender> able = new ArrayList<>(contenders);
    for (int round = 0; round <= rounds; round++) {
      System.err.printf("%s: %s%n", scenario.name(), round == 0 ? "warming up" : "round " + round + " of " + rounds);
      List<Contender> turn = round % 2 == 0 ? List.copyOf(able) : List.copyOf(able).reversed();
      for (Contender contender : turn) {
        Path directory = Files.createTempDirectory(work, "stasis-bench-");
        Timed.run(List.of("sync", "-f", work.toString()), java.util.Map.of()); // no one pays for another's writes
        try {
          scenario.measure(contender, directory, round == 0 ? new Samples() : samples);
        } catch (IOException e) {
          System.err.println(e.getMessage());
          able.remove(contender);
        } finally {
          delete(directory);
        }
      }
    }
    return able.size() == contenders.size();
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(each);
      }
    }
  }
}

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checkpoint and restore, in place, of a small container by podman, which finds the contender as {@code criu}.
 *
 * @param peers where {@code scripts/setup} put podman's configuration
 */
record PodmanScenario(Properties peers) implements Scenario {
  private static final Pattern FROZEN = Pattern.compile("\"frozen_time\": (\\d+)");

  @Override
  public String name() {
    return "podman container";
  }

  @Override
  public void measure(Contender contender, Path directory, Samples samples) throws IOException, InterruptedException {
    String container = directory.getFileName().toString();
    try {
      podman(contender, "run", "-d", "--network", "none", "--name", container, peers.getProperty("image.busybox"),
          "sh", "-c", "while :; do sleep 0.1; done");
      Timed checkpoint = podman(contender, "container", "checkpoint", "--print-stats", container);
      Timed restore = podman(contender, "container", "restore", container);
      samples.add(name() + ": checkpoint", contender, checkpoint.micros());
      Matcher frozen = FROZEN.matcher(checkpoint.output());
      if (!frozen.find()) {
        throw new IOException("podman prints no frozen_time: " + checkpoint.output());
      }
      samples.add(name() + ": of that frozen", contender, Long.parseLong(frozen.group(1)));
      samples.add(name() + ": restore", contender, restore.micros());
    } finally {
      podman(contender, "rm", "--force", "--time", "0", "--ignore", container);
    }
  }

  private Timed podman(Contender contender, String... arguments) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of("podman"));
    words.addAll(List.of(arguments));
    Timed timed =
        Timed.run(
            words,
            Map.of(
                "PATH", contender.directory() + ":" + System.getenv("PATH"),
                "CONTAINERS_CONF", peers.getProperty("podman.containers.conf"),
                "CONTAINERS_STORAGE_CONF", peers.getProperty("podman.storage.conf")));
    if (timed.status() != 0) {
      throw new IOException(contender.name() + ": " + String.join(" ", words) + "\n" + timed.output());
    }
    return timed;
  }
}

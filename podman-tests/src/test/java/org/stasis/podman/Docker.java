package org.stasis.podman;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A Docker Engine for one test class, with the criu under test on its path. It has storage, sockets
 * and networks of its own and leaves the machine's packet filter alone. The containers of a test
 * are removed after it; a failed one first shows their logs.
 */
final class Docker implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
  /** On which the containers of a test meet; the daemon chooses the addresses. */
  static final String NETWORK = "stasis-tests";

  private final List<String> images;
  private final boolean withStasisRunc;
  private final Deque<DockerContainer> containers = new ArrayDeque<>();
  private Peers peers;
  private Path folder;
  private OwnDaemon daemon;
  private int count;

  private Docker(boolean withStasisRunc, String... images) {
    this.images = List.of(images);
    this.withStasisRunc = withStasisRunc;
  }

  /** With these of the images that {@code scripts/setup} made. */
  Docker(String... images) {
    this(false, images);
  }

  /** With {@code stasis-runc} as its runtime, and no criu of Stasis on its path. */
  static Docker withStasisRunc(String... images) {
    return new Docker(true, images);
  }

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    peers = Peers.required();
    assumeTrue(
        !withStasisRunc || Files.exists(stasisRunc()), "stasis-runc is Stasis's own, no criu's");
    folder = OwnDaemon.newFolder(peers);
    Files.writeString(folder.resolve("daemon.json"), configuration());
    daemon =
        OwnDaemon.start(
            folder,
            withStasisRunc ? Map.of() : peers.environment(),
            List.of("dockerd", "--config-file", folder.resolve("daemon.json").toString()),
            words("version"));
    for (String image : images) {
      run("load", "--input", peers.place("image.archive." + image));
    }
    // an interface's name has 15 characters at most
    String bridge = "st-" + Long.toString(ProcessHandle.current().pid(), 36);
    run("network", "create", "-o", "com.docker.network.bridge.name=" + bridge, NETWORK);
  }

  private Path stasisRunc() {
    return peers.criuDirectory().resolve("stasis-runc");
  }

  private String configuration() {
    Map<String, Object> limit = Map.of("Name", "nofile", "Soft", 1024, "Hard", 1024);
    Map<String, Object> runtimes = Map.of("stasis-runc", Map.of("path", stasisRunc().toString()));
    Map<String, Object> settings =
        Map.ofEntries(
            Map.entry("runtimes", withStasisRunc ? runtimes : Map.of()),
            Map.entry("default-runtime", withStasisRunc ? "stasis-runc" : "runc"),
            Map.entry("experimental", true),
            Map.entry("data-root", folder.resolve("data").toString()),
            Map.entry("exec-root", folder.resolve("run").toString()),
            Map.entry("pidfile", folder.resolve("pid").toString()),
            Map.entry("deprecated-key-path", folder.resolve("key.json").toString()),
            Map.entry("hosts", List.of(address())),
            Map.entry("cgroup-parent", OwnDaemon.cgroup(folder)),
            Map.entry("bridge", "none"),
            Map.entry("iptables", false),
            Map.entry("ip6tables", false),
            Map.entry("ip-forward", false),
            Map.entry(
                "default-address-pools", List.of(Map.of("base", "10.89.128.0/18", "size", 24))),
            // it may not raise limits everywhere
            Map.entry("default-ulimits", Map.of("nofile", limit)));
    return JsonMapper.shared().writeValueAsString(settings);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    context
        .getExecutionException()
        .filter(failure -> !(failure instanceof TestAbortedException))
        .ifPresent(failure -> containers.forEach(c -> failure.addSuppressed(c.describe())));
    while (!containers.isEmpty()) {
      run("rm", "--force", "--volumes", containers.pop().name());
    }
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    if (daemon == null) {
      return;
    }
    try {
      run("network", "rm", NETWORK);
    } finally {
      daemon.close();
    }
  }

  /** The daemon's address, as DOCKER_HOST has it. */
  String address() {
    return "unix://" + folder.resolve("docker.sock");
  }

  Peers peers() {
    return peers;
  }

  private List<String> words(String... arguments) {
    List<String> words = new ArrayList<>(List.of("docker", "--host", address()));
    words.addAll(List.of(arguments));
    return words;
  }

  /** Runs docker, whatever it answers. */
  CommandResult tryRun(String... arguments) {
    return Command.of(words(arguments), peers.environment()).run();
  }

  /** Runs docker, which must succeed. */
  CommandResult run(String... arguments) {
    return tryRun(arguments).orFail();
  }

  /** The version of the daemon: 20 for 20.10. */
  int majorVersion() {
    String version = run("version", "--format", "{{.Server.Version}}").line();
    return Integer.parseInt(version.substring(0, version.indexOf('.')));
  }

  /**
   * Skips the test where no checkpoint of a container with a network can be started: from 28 on
   * Docker attaches the network between create and start, when the task of a checkpoint has no
   * process yet.
   */
  void requireNetworksForCheckpoints() {
    assumeTrue(majorVersion() < 28, "Docker 28 starts no checkpoint with a network");
    peers.requireCriuThatDumpsTcp();
  }

  /** Starts a container from arguments of {@code docker run -d}, image and command included. */
  DockerContainer start(String... arguments) {
    String name = "c" + count++;
    List<String> words = new ArrayList<>(List.of("run", "-d", "--name", name));
    words.addAll(List.of(arguments));
    run(words.toArray(String[]::new));
    return adopt(name);
  }

  /** Takes over a container that was made otherwise: it is removed after the test. */
  DockerContainer adopt(String name) {
    DockerContainer container = new DockerContainer(this, name);
    containers.push(container);
    return container;
  }

  /** Where the daemon keeps what it has: containers are in {@code containers/ID}. */
  Path data() {
    return folder.resolve("data");
  }

  /** The bundle of a running container. */
  Path bundle(String id) {
    return folder.resolve("run/containerd/daemon/io.containerd.runtime.v2.task/moby").resolve(id);
  }

  /**
   * Waits until containerd has collected what the checkpoint before left with it. Until then Docker
   * fails to make, or to start, one that has the same content: "already exists".
   */
  void awaitCollected() {
    Path blobs = data().resolve("containerd/daemon/io.containerd.content.v1.content/blobs/sha256");
    Eventually.get(
        "nothing in " + blobs,
        () -> Optional.of(content(blobs)).filter(List::isEmpty),
        () -> content(blobs) + log());
  }

  private static List<Path> content(Path folder) {
    try (Stream<Path> all = Files.list(folder)) {
      return all.toList();
    } catch (NoSuchFileException e) { // nothing was ever there
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The end of the daemon's log. */
  String log() {
    return daemon.log();
  }
}

package org.stasis.podman;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;

/**
 * A containerd for one test class, with the criu under test on its path and storage, sockets and
 * control groups of its own. The containers of a test are removed after it.
 */
final class Containerd implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
  private final List<String> images;
  private Peers peers;
  private Path folder;
  private OwnDaemon daemon;

  /** With these of the images that {@code scripts/setup} made. */
  Containerd(String... images) {
    this.images = List.of(images);
  }

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    peers = Peers.required();
    folder = OwnDaemon.newFolder(peers);
    Path configuration = Files.writeString(folder.resolve("config.toml"), configuration());
    daemon =
        OwnDaemon.start(
            folder,
            peers.environment(),
            List.of("containerd", "--config", configuration.toString()),
            words("version"));
    for (String image : images) {
      run("images", "import", peers.place("image.archive." + image));
    }
  }

  private String configuration() {
    return """
        version = 2
        root = "%1$s/root"
        state = "%1$s/state"
        disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
        [grpc]
          address = "%1$s/socket"
        [ttrpc]
          address = "%1$s/ttrpc"
        """
        .formatted(folder);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    context
        .getExecutionException()
        .filter(failure -> !(failure instanceof TestAbortedException))
        .ifPresent(failure -> failure.addSuppressed(new AssertionError(daemon.log())));
    for (String id : list("containers", "list", "--quiet")) {
      if (tasks().contains(id)) {
        run("tasks", "delete", "--force", id);
      }
      run("containers", "delete", id);
    }
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    if (daemon != null) {
      daemon.close();
    }
  }

  private List<String> words(String... arguments) {
    List<String> words = new ArrayList<>(List.of("ctr", "--address", folder + "/socket"));
    words.addAll(List.of("--namespace", OwnDaemon.cgroup(folder).substring(1)));
    words.addAll(List.of(arguments));
    return words;
  }

  /** A command of ctr. */
  Command command(String... arguments) {
    return Command.of(words(arguments), peers.environment());
  }

  /** Runs ctr, whatever it answers. */
  CommandResult tryRun(String... arguments) {
    return command(arguments).run();
  }

  /** Runs ctr, which must succeed. */
  CommandResult run(String... arguments) {
    return tryRun(arguments).orFail();
  }

  private List<String> list(String... arguments) {
    return run(arguments).output().lines().toList();
  }

  /** The names of the containers that have a task, running or not. */
  List<String> tasks() {
    return list("tasks", "list", "--quiet");
  }

  /** RUNNING, STOPPED or PAUSED. */
  String status(String id) {
    return list("tasks", "list").stream()
        .map(line -> line.split("\\s+"))
        .filter(words -> words[0].equals(id))
        .map(words -> words[2])
        .findFirst()
        .orElse("no task");
  }

  Peers peers() {
    return peers;
  }
}

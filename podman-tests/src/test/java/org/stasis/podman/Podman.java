package org.stasis.podman;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;

/**
 * podman on its test storage for one test. Whatever was made through it (containers, volumes,
 * files) is taken away after the test, also a failed one; a failed one first shows the logs of its
 * containers.
 */
final class Podman implements BeforeEachCallback, AfterEachCallback {
  private final Deque<AutoCloseable> made = new ArrayDeque<>();
  private final List<Container> containers = new ArrayList<>();
  private Peers peers;
  private Map<String, String> environment = Map.of();
  private String prefix = "";
  private final ShimRuntimes runtimes = new ShimRuntimes();
  private int count;

  @Override
  public void beforeEach(ExtensionContext context) {
    peers = Peers.required();
    environment = peers.environment();
    prefix = "stasis-" + ProcessHandle.current().pid() + "-" + Long.toString(System.nanoTime(), 36);
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    List<Throwable> failures = new ArrayList<>();
    context
        .getExecutionException()
        .filter(failure -> !(failure instanceof TestAbortedException))
        .ifPresent(failure -> containers.forEach(c -> failure.addSuppressed(c.describe())));
    while (!made.isEmpty()) {
      try {
        made.pop().close();
      } catch (Exception | AssertionError e) {
        failures.add(e);
      }
    }
    runtimes.remove();
    if (!failures.isEmpty()) {
      AssertionError all = new AssertionError("clean-up failed");
      failures.forEach(all::addSuppressed);
      throw all;
    }
  }

  /** Runs podman, whatever it answers. */
  CommandResult tryRun(String... arguments) {
    List<String> words = new ArrayList<>(command());
    words.addAll(List.of(arguments));
    return Command.of(words, environment).run();
  }

  /** How podman is called: with the runtime that is under test, if that is not podman's own. */
  private List<String> command() {
    String real = System.getProperty("stasis.runtime", "");
    return real.isEmpty()
        ? List.of("podman")
        : List.of("podman", "--runtime", runtimes.inFrontOf(real, peers).toString());
  }

  private List<String> attach(String container) {
    List<String> words = new ArrayList<>(command());
    words.addAll(List.of("attach", container));
    return words;
  }

  /** Runs podman, which must succeed. */
  CommandResult run(String... arguments) {
    return tryRun(arguments).orFail();
  }

  /** Runs the {@code stasis} command, which must succeed. */
  CommandResult stasis(String... arguments) {
    List<String> words = new ArrayList<>(List.of(peers.stasis().toString()));
    words.addAll(List.of(arguments));
    return Command.of(words, environment).run().orFail();
  }

  /** Has an image removed after the test that a command makes. */
  String madeImage(String name) {
    made.push(
        () -> {
          if (tryRun("image", "exists", name).exitStatus() == 0) {
            run("image", "rm", name);
          }
        });
    return name;
  }

  /** The full name of one of the images {@code scripts/setup} made. */
  String image(String name) {
    return peers.place("image." + name);
  }

  Peers peers() {
    return peers;
  }

  /** The bridge network of the test containers. */
  String network() {
    return peers.place("podman.network");
  }

  /** A name nobody else uses. */
  String freshName() {
    return prefix + "-" + count++;
  }

  /** Starts a container from arguments of {@code podman run -d}, image and command included. */
  Container start(String... arguments) {
    String name = freshName();
    List<String> words = new ArrayList<>(List.of("run", "-d", "--name", name));
    words.addAll(List.of(arguments));
    Container container = adopt(name);
    run(words.toArray(String[]::new));
    return container;
  }

  /** Starts a container of a shell that counts, and waits until it does. */
  Container counting(String... options) {
    List<String> words = new ArrayList<>(List.of(options));
    words.addAll(List.of(image("busybox"), "sh", "-c", Counting.SHELL));
    Container container = start(words.toArray(String[]::new));
    container.awaitNumber(3);
    return container;
  }

  /** Does something while podman is attached to a container, with a text as its standard input. */
  void whileTyping(String container, String text, Runnable work) {
    Path directory = directory();
    try {
      Path input = Files.writeString(directory.resolve("input"), text);
      Process attached =
          Command.of(attach(container), environment)
              .start(input, directory.resolve("output"), directory.resolve("errors"));
      try {
        work.run();
      } finally {
        Command.kill(attached);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while typing into " + container, e);
    }
  }

  /** Makes a container from an archive, under a new name. */
  Container restore(Path archive, String... options) {
    String name = freshName();
    List<String> words =
        new ArrayList<>(List.of("container", "restore", "--import", archive.toString()));
    words.addAll(List.of("--name", name));
    words.addAll(List.of(options));
    Container container = adopt(name);
    run(words.toArray(String[]::new));
    return container;
  }

  /** Takes over a container that was or will be made: it is removed after the test. */
  Container adopt(String name) {
    Container container = new Container(this, name);
    containers.add(container);
    made.push(() -> run("rm", "--force", "--time", "0", "--ignore", name));
    return container;
  }

  /** A new pod on the tests' network, started; its id. */
  String pod() {
    String id = run("pod", "create", "--network", network(), "--name", freshName()).line();
    made.push(() -> removePod(id));
    run("pod", "start", id);
    return id;
  }

  /** With what podman leaves of it in hierarchies that have no controller. */
  private void removePod(String id) {
    run("pod", "rm", "--force", "--time", "0", id);
    try {
      for (Path group : ControlGroupFolders.named("libpod_parent/" + id)) {
        Files.delete(group);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A new volume's name. */
  String volume() {
    String name = freshName();
    made.push(
        () -> {
          if (tryRun("volume", "exists", name).exitStatus() == 0) {
            run("volume", "rm", name);
          }
        });
    return name;
  }

  /** A new directory of the host. */
  Path directory() {
    try {
      Path directory = Files.createTempDirectory(prefix);
      made.push(() -> delete(directory));
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(each);
      }
    }
  }
}

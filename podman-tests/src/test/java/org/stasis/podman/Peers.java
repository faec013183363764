package org.stasis.podman;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The tools that {@code scripts/setup} put on this machine, and the criu that podman is to find:
 * Stasis's of {@code dist/}, unless the system property {@code stasis.criu} or the variable
 * STASIS_CRIU names another directory or says {@code peer}, which is the real CRIU.
 */
final class Peers {
  private static final Path HOME =
      Path.of(System.getProperty("stasis.home", "..")).toAbsolutePath();

  private final Properties places;

  private Peers(Properties places) {
    this.places = places;
  }

  /** Where the checkout is. */
  static Path home() {
    return HOME.normalize();
  }

  /** What set-up left here; skips the test where it left nothing, or fails it where it must run. */
  static Peers required() {
    Path file = home().resolve(".setup/peers.properties");
    requireThat(Files.exists(file), "scripts/setup has not succeeded here: no " + file);
    Properties places = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      places.load(reader);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Peers(places);
  }

  /** Skips the test with the reason, or fails it where ./test said that everything is there. */
  static void requireThat(boolean condition, String reason) {
    if (!condition && "1".equals(System.getenv("STASIS_REQUIRE_ALL"))) {
      throw new AssertionError("a required test cannot run: " + reason);
    }
    assumeTrue(condition, reason);
  }

  String place(String name) {
    String value = places.getProperty(name);
    if (value == null) {
      throw new AssertionError("scripts/setup wrote no " + name);
    }
    return value;
  }

  /**
   * Skips the test when the peer CRIU is under test and would fail for a reason of its own: 4.1.1
   * asks TCP sockets for SO_PASSCRED, which Linux 6.16 and later refuse.
   */
  void requireCriuThatDumpsTcp() {
    String[] release = System.getProperty("os.version").split("[.-]");
    int version = Integer.parseInt(release[0]) * 1000 + Integer.parseInt(release[1]);
    assumeTrue(
        !isPeer() || version < 6016, "CRIU 4.1.1 dumps no TCP sockets on Linux 6.16 and later");
  }

  private static @Nullable String wish() {
    return System.getProperty("stasis.criu", System.getenv("STASIS_CRIU"));
  }

  private static boolean isPeer() {
    return "peer".equals(wish());
  }

  /** The directory whose {@code criu} is under test. */
  Path criuDirectory() {
    if (isPeer()) {
      return Path.of(place("criu.peer"));
    }
    String wish = wish();
    Path directory = wish == null ? home().resolve("dist/bin") : Path.of(wish).toAbsolutePath();
    if (!Files.isExecutable(directory.resolve("criu"))) {
      throw new AssertionError("no criu in " + directory + "; build it with ./test or ./install");
    }
    return directory;
  }

  /** The {@code stasis} command: the one beside the {@code criu} under test, if that is ours. */
  Path stasis() {
    Path directory = isPeer() ? home().resolve("dist/bin") : criuDirectory();
    Path stasis = directory.resolve("stasis");
    requireThat(Files.isExecutable(stasis), "no " + stasis);
    return stasis;
  }

  /** The environment in which podman finds its test storage and the criu under test. */
  Map<String, String> environment() {
    return Map.of(
        "PATH", criuDirectory() + ":" + System.getenv("PATH"),
        "CONTAINERS_CONF", place("podman.containers.conf"),
        "CONTAINERS_STORAGE_CONF", place("podman.storage.conf"));
  }
}

package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.stasis.specimens.Nanny;

/** The number of kills each is the property {@code stasis.rounds}. */
@DisplayName("Nothing is left of a restore, or the whole program runs on,")
@Tag("container")
class RestoreHarmTest {
  /** Where each starts a JVM. */
  private static final int FEW = 12;

  private static final int MANY = 25;

  private static Path directory;

  @BeforeAll
  static void find() {
    directory = Peers.required().criuDirectory();
    Peers.requireThat(Files.isExecutable(directory.resolve("stasis")), "the criu is not Stasis's");
  }

  /** A tree that was dumped, who restores it, and what an undisturbed restore is like. */
  private static final class Scene implements AutoCloseable {
    final BusyTree tree = new BusyTree();
    final Path images;
    final Criu criu;
    final long nanos;
    private int round;
    private long[] counts = {};

    Scene(Map<String, String> environment) throws IOException {
      criu = new Criu("stasis", directory.resolve("criu"), environment);
      images = tree.images();
      criu.dump(tree.specimen(), images, List.of());
      restore(); // the first takes longer
      nanos = restore();
    }

    Nanny start() throws IOException {
      counts = tree.counts();
      List<String> words = criu.words("restore", images, List.of("-d"));
      Path folder = tree.specimen().folder();
      Path pidFile = folder.resolve("restore-" + round++ + ".pid");
      return Nanny.start(pidFile, criu.environment(), folder.resolve("restore.out"), words);
    }

    /** Restores undisturbed, and ends the tree; says how long it took. */
    private long restore() throws IOException {
      long start = System.nanoTime();
      try (Nanny launcher = start()) {
        assertThat(launcher.awaitStatus())
            .as(() -> LogFile.tail(images.resolve("stasis-restore.log")))
            .isZero();
        long took = System.nanoTime() - start;
        tree.assertWell();
        return took;
      }
    }

    /** Everything in its folder and mounts that are not the tests' own doing. */
    Set<String> traces() throws IOException {
      Path folder = tree.specimen().folder();
      try (Stream<Path> files = Files.list(folder);
          Stream<String> mounts = Files.lines(Path.of("/proc/self/mountinfo"))) {
        Set<String> traces =
            files
                .map(file -> file.getFileName().toString())
                .filter(name -> !name.startsWith("restore"))
                .collect(Collectors.toCollection(TreeSet::new));
        mounts.filter(mount -> mount.contains(folder.toString())).forEach(traces::add);
        return traces;
      }
    }

    /** What became of it: the program as it was, or nothing at all. */
    void assertWholeOrNothing(Nanny launcher, Set<String> traces) throws IOException {
      if (isWhole(launcher)) {
        tree.assertWell();
      } else {
        Nanny.await("all that was made to end", () -> children(launcher) == 0);
      }
      assertThat(traces()).isEqualTo(traces);
    }

    /** Whether there is a tree, once nobody makes or ends one any more. */
    private boolean isWhole(Nanny launcher) throws IOException {
      Nanny.await(
          "the tree to run, or to end", () -> children(launcher) == 0 || tree.hasRun(counts));
      return children(launcher) != 0;
    }

    private static int children(Nanny launcher) {
      try {
        return launcher.children().size();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Nothing that was left keeps it from being restored now. */
    void finish() throws IOException {
      try (Nanny _ = criu.restore(tree.specimen(), images, List.of())) {
        assertThat(tree.specimen().finish()).isEqualTo("ok");
      }
    }

    @Override
    public void close() throws IOException {
      tree.close();
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("when launcher or private engine ends at any moment")
  void withPrivateEngine(Victim victim) throws IOException {
    try (Scene scene = new Scene(Map.of("STASIS_ENGINE", "private"))) {
      Set<String> traces = scene.traces();
      for (long moment : new Moments(scene.nanos, FEW).nanos()) {
        try (Nanny launcher = scene.start()) {
          Moments.await(System.nanoTime(), moment);
          victim.end(launcher);
          launcher.awaitStatus();
          scene.assertWholeOrNothing(launcher, traces);
        } catch (AssertionError e) {
          throw new AssertionError(Moments.replay(moment), e);
        }
      }
      scene.finish();
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ENGINE_KILLED")
  @DisplayName("when a launcher ends at any moment whose engine stays")
  void withEngineThatStays(Victim victim) throws IOException {
    try (OwnEngine engine = new OwnEngine(directory);
        Scene scene = new Scene(engine.environment())) {
      Set<String> traces = scene.traces();
      List<String> openBefore = engine.openFiles();
      for (long moment : new Moments(scene.nanos, MANY).nanos()) {
        try (Nanny launcher = scene.start()) {
          Moments.await(System.nanoTime(), moment);
          victim.end(launcher);
          launcher.awaitStatus();
          engine.awaitNothingLeft(openBefore);
          scene.assertWholeOrNothing(launcher, traces);
        } catch (AssertionError e) {
          throw new AssertionError(Moments.replay(moment), e);
        }
      }
      scene.finish();
    }
  }

  @Test
  @DisplayName("when an engine that stays is killed at any moment")
  void withEngineThatIsKilled() throws IOException {
    try (OwnEngine engine = new OwnEngine(directory);
        Scene scene = new Scene(engine.environment())) {
      Set<String> traces = scene.traces();
      for (long moment : new Moments(scene.nanos, FEW).nanos()) {
        try (Nanny launcher = scene.start()) {
          Moments.await(System.nanoTime(), moment);
          engine.kill();
          launcher.awaitStatus();
          scene.assertWholeOrNothing(launcher, traces);
        } catch (AssertionError e) {
          throw new AssertionError(Moments.replay(moment), e);
        }
        engine.startAgain();
      }
      scene.finish();
    }
  }
}

package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.stasis.specimens.Nanny;

/** The number of kills each is the property {@code stasis.rounds}. */
@DisplayName("Nothing is left of a restore, or the whole program runs on,")
@Tag("container")
class RestoreHarmTest {
  private static Path directory;

  @BeforeAll
  static void find() {
    directory = Peers.required().criuDirectory();
    Peers.requireThat(Files.isExecutable(directory.resolve("stasis")), "the criu is not Stasis's");
  }

  /** What is restored. */
  enum Tree {
    /** Processes and threads on the host. */
    BUSY,
    /** A tree in namespaces and control groups of its own, with files that were deleted. */
    BOXED
  }

  /** Ends somebody, and waits for what must come of it. */
  @FunctionalInterface
  interface Harm {
    void on(Nanny launcher) throws IOException;
  }

  /** A tree that was dumped, who restores it, and what an undisturbed restore is like. */
  private static final class Scene implements AutoCloseable {
    final RestoredTree tree;
    final Path images;
    final Criu criu;
    final long nanos;
    private final Set<String> traces;
    private int round;
    private long[] counts = {};

    Scene(Tree kind, Map<String, String> environment) throws IOException {
      tree = kind == Tree.BOXED ? new BoxedTree() : new BusyTree();
      criu = new Criu("stasis", directory.resolve("criu"), environment);
      images = Files.createDirectory(tree.folder().resolve("images"));
      tree.dump(criu, images);
      traces = tree.traces();
      restore(); // the first takes longer
      nanos = restore();
    }

    Nanny start() throws IOException {
      counts = tree.counts();
      List<String> words = new ArrayList<>(criu.words("restore", images, List.of("-d")));
      words.addAll(tree.restoreOptions());
      Path folder = tree.folder();
      Path pidFile = folder.resolve("restore-" + round++ + ".pid");
      return Nanny.start(pidFile, criu.environment(), folder.resolve("restore.out"), words);
    }

    /** Restores undisturbed, and ends the tree; says how long it took. */
    long restore() throws IOException {
      long start = System.nanoTime();
      try (Nanny launcher = start()) {
        assertThat(launcher.awaitStatus())
            .as(() -> LogFile.tail(images.resolve("stasis-restore.log")))
            .isZero();
        long took = System.nanoTime() - start;
        tree.assertWell();
        return took;
      } finally {
        tree.ended();
      }
    }

    /** Has somebody ended at a moment of a restore. */
    void harm(long moment, Harm harm) throws IOException {
      try {
        try (Nanny launcher = start()) {
          Moments.await(System.nanoTime(), moment);
          harm.on(launcher);
          assertWholeOrNothing(launcher);
        } finally {
          tree.ended();
        }
        assertThat(tree.traces()).isEqualTo(traces);
      } catch (AssertionError e) {
        throw new AssertionError(Moments.replay(moment), e);
      }
    }

    /** What became of it: the program as it was, or nothing at all. */
    private void assertWholeOrNothing(Nanny launcher) throws IOException {
      if (isWhole(launcher)) {
        tree.assertWell();
      } else {
        Nanny.await("all that was made to end", () -> children(launcher) == 0);
        assertThat(tree.traces()).isEqualTo(traces);
      }
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

    @Override
    public void close() throws IOException {
      tree.close();
    }
  }

  static List<Arguments> whoAndWhat() {
    List<Arguments> all = new ArrayList<>();
    for (Tree tree : Tree.values()) {
      for (Victim victim : Victim.values()) {
        all.add(Arguments.of(victim, tree));
      }
    }
    return all;
  }

  static List<Arguments> launchersAndWhat() {
    List<Arguments> all = whoAndWhat();
    all.removeIf(each -> ((Victim) each.get()[0]).isEngine());
    return all;
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("whoAndWhat")
  @DisplayName("when launcher or private engine ends at any moment")
  void withPrivateEngine(Victim victim, Tree tree) throws IOException {
    try (Scene scene = new Scene(tree, Map.of("STASIS_ENGINE", "private"))) {
      for (long moment : new Moments(scene.nanos).nanos()) {
        scene.harm(
            moment,
            launcher -> {
              victim.end(launcher);
              launcher.awaitStatus();
            });
      }
      scene.restore(); // nothing that was left keeps it from being restored now
    }
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("launchersAndWhat")
  @DisplayName("when a launcher ends at any moment whose engine stays")
  void withEngineThatStays(Victim victim, Tree tree) throws IOException {
    try (OwnEngine engine = new OwnEngine(directory);
        Scene scene = new Scene(tree, engine.environment())) {
      List<String> openBefore = engine.openFiles();
      for (long moment : new Moments(scene.nanos).nanos()) {
        scene.harm(
            moment,
            launcher -> {
              victim.end(launcher);
              launcher.awaitStatus();
              engine.awaitNothingLeft(openBefore);
            });
      }
      scene.restore();
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("when an engine that stays is killed at any moment")
  void withEngineThatIsKilled(Tree tree) throws IOException {
    try (OwnEngine engine = new OwnEngine(directory);
        Scene scene = new Scene(tree, engine.environment())) {
      engine.startAgain();
      long nanos = scene.restore(); // each round has an engine that was just started
      engine.startAgain();
      for (long moment : new Moments(nanos).nanos()) {
        scene.harm(
            moment,
            launcher -> {
              engine.kill();
              launcher.awaitStatus();
            });
        engine.startAgain();
      }
      scene.restore();
    }
  }
}

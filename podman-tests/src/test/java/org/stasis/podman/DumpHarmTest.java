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
@DisplayName("The program being dumped runs on unharmed")
@Tag("container")
class DumpHarmTest {
  private static final List<String> LEAVE_RUNNING = List.of("--leave-running");

  private static Path directory;

  @BeforeAll
  static void find() {
    directory = Peers.required().criuDirectory();
    Peers.requireThat(Files.isExecutable(directory.resolve("stasis")), "the criu is not Stasis's");
  }

  private static Criu criu(Map<String, String> environment) {
    return new Criu("stasis", directory.resolve("criu"), environment);
  }

  /** The files of an image set. */
  private static Set<String> files(Path images) throws IOException {
    try (Stream<Path> files = Files.list(images)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".img"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  /** A tree, who dumps it, and what an undisturbed dump is like. */
  private static final class Scene implements AutoCloseable {
    final BusyTree tree = new BusyTree();
    final Criu criu;
    final Set<String> complete;
    final long nanos;
    private int round;

    Scene(Criu criu) throws IOException {
      this.criu = criu;
      dump(); // the first takes longer
      nanos = dump();
      complete = files(tree.specimen().folder().resolve("images"));
    }

    /** Starts a dump that leaves the tree running. */
    Nanny start() throws IOException {
      Path images = tree.images();
      List<String> words = new ArrayList<>(criu.words("dump", images, LEAVE_RUNNING));
      words.addAll(List.of("-t", Integer.toString(tree.specimen().pid())));
      Path folder = tree.specimen().folder();
      Path pidFile = folder.resolve("dump-" + round++ + ".pid");
      return Nanny.start(pidFile, criu.environment(), folder.resolve("dump.out"), words);
    }

    /** Dumps undisturbed; how long that took, in nanoseconds. */
    final long dump() throws IOException {
      long start = System.nanoTime();
      try (Nanny launcher = start()) {
        assertThat(launcher.awaitStatus())
            .as(() -> LogFile.tail(tree.specimen().folder().resolve("images/stasis-dump.log")))
            .isZero();
      }
      long nanos = System.nanoTime() - start;
      tree.assertWell();
      return nanos;
    }

    /**
     * What is left of a dump is a whole checkpoint, or none: without an inventory it is none. There
     * may be more in it than at first, as an engine that was killed leaves its memory mapped.
     */
    void assertWholeOrNone() throws IOException {
      Set<String> left = files(tree.specimen().folder().resolve("images"));
      if (left.contains("inventory.img")) {
        assertThat(left).containsAll(complete);
      }
    }

    /** Nothing that it came to has kept it from being dumped, restored and right. */
    void finish() throws IOException {
      long mappings = tree.mappings();
      dump();
      assertThat(tree.mappings()).isEqualTo(mappings);
      Path images = tree.images();
      criu.dump(tree.specimen(), images, List.of());
      try (Nanny _ = criu.restore(tree.specimen(), images, List.of())) {
        tree.assertWell();
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
    try (Scene scene = new Scene(criu(Map.of("STASIS_ENGINE", "private")))) {
      for (long moment : new Moments(scene.nanos).nanos()) {
        try (Nanny launcher = scene.start()) {
          long start = System.nanoTime();
          Moments.await(start, moment);
          victim.end(launcher);
          launcher.awaitStatus();
          Nanny.await("the engine to end", () -> isAlone(launcher));
          scene.tree.assertWell();
          scene.assertWholeOrNone();
        } catch (AssertionError e) {
          throw new AssertionError(Moments.replay(moment), e);
        }
      }
      scene.finish();
    }
  }

  private static boolean isAlone(Nanny launcher) {
    try {
      return launcher.children().isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ENGINE_KILLED")
  @DisplayName("when a launcher ends at any moment whose engine stays")
  void withEngineThatStays(Victim victim) throws IOException {
    try (OwnEngine engine = new OwnEngine(directory);
        Scene scene = new Scene(criu(engine.environment()))) {
      List<String> openBefore = engine.openFiles();
      for (long moment : new Moments(scene.nanos).nanos()) {
        try (Nanny launcher = scene.start()) {
          long start = System.nanoTime();
          Moments.await(start, moment);
          victim.end(launcher);
          launcher.awaitStatus();
          scene.tree.awaitFree();
          scene.tree.assertWell();
          scene.assertWholeOrNone();
        } catch (AssertionError e) {
          throw new AssertionError(Moments.replay(moment), e);
        }
      }
      engine.awaitNothingLeft(openBefore);
      scene.finish();
    }
  }

  @Test
  @DisplayName("when an engine that stays is killed at any moment")
  void withEngineThatIsKilled() throws IOException {
    try (OwnEngine engine = new OwnEngine(directory);
        Scene scene = new Scene(criu(engine.environment()))) {
      engine.startAgain();
      long nanos = scene.dump(); // each round has an engine that was just started
      engine.startAgain();
      for (long moment : new Moments(nanos).nanos()) {
        try (Nanny launcher = scene.start()) {
          long start = System.nanoTime();
          Moments.await(start, moment);
          engine.kill();
          launcher.awaitStatus();
          scene.tree.assertWell();
          scene.assertWholeOrNone();
        } catch (AssertionError e) {
          throw new AssertionError(Moments.replay(moment), e);
        }
        engine.startAgain();
      }
      scene.finish();
    }
  }
}

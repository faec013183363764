package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.stasis.specimens.Nanny;
import org.stasis.specimens.Specimen;

/**
 * Every specimen that the real CRIU carries, see {@link CriuLimits}. The property {@code
 * stasis.specimen} picks some by how their names begin; with {@code stasis.criuAlone} CRIU is asked
 * to do both halves of all by itself, to find out what it carries.
 */
@DisplayName("A specimen goes on")
@Tag("container")
class CriuInteropTest {
  private static OwnEngine engine;
  private static Criu stasis;
  private static Criu criu;

  static Stream<String> restoredByCriu() throws IOException {
    return CriuLimits.read().carriedBy("restore");
  }

  static Stream<String> dumpedByCriu() throws IOException {
    return CriuLimits.read().carriedBy("dump");
  }

  static Stream<String> all() throws IOException {
    return CriuLimits.read().carriedBy("neither");
  }

  @BeforeAll
  static void start() throws IOException {
    Peers peers = Peers.required();
    Path directory = peers.criuDirectory();
    Peers.requireThat(Files.isExecutable(directory.resolve("stasis")), "the criu is not Stasis's");
    engine = new OwnEngine(directory);
    stasis = new Criu("stasis", directory.resolve("criu"), engine.environment());
    criu = new Criu("criu", Path.of(peers.place("criu.peer"), "criu"), Map.of());
  }

  @AfterAll
  static void stop() throws IOException {
    if (engine != null) {
      engine.close();
    }
  }

  @ParameterizedTest(name = "{0}", allowZeroInvocations = true)
  @MethodSource("restoredByCriu")
  @DisplayName("when CRIU restores what Stasis dumped")
  void fromStasisToCriu(String name) throws IOException {
    goesOn(name, stasis, criu);
  }

  @ParameterizedTest(name = "{0}", allowZeroInvocations = true)
  @MethodSource("dumpedByCriu")
  @DisplayName("when Stasis restores what CRIU dumped")
  void fromCriuToStasis(String name) throws IOException {
    goesOn(name, criu, stasis);
  }

  @ParameterizedTest(name = "{0}", allowZeroInvocations = true)
  @MethodSource("all")
  @DisplayName("when CRIU dumps and restores it")
  @EnabledIfSystemProperty(
      named = "stasis.criuAlone",
      matches = ".*",
      disabledReason = "CRIU alone says nothing of Stasis")
  void fromCriuToCriu(String name) throws IOException {
    goesOn(name, criu, criu);
  }

  @Test
  @DisplayName("and what CRIU cannot carry is a specimen that there is")
  void isNamedIfCriuCannotCarryIt() throws IOException {
    assertThat(Specimen.names())
        .containsAll(CriuLimits.read().limits().stream().map(CriuLimits.Limit::specimen).toList());
  }

  private static void goesOn(String name, Criu first, Criu second) throws IOException {
    List<String> options = Specimen.options(name);
    try (Specimen specimen = Specimen.start(name)) {
      Path images = Files.createDirectory(specimen.folder().resolve("images"));
      first.dump(specimen, images, options);
      try (Nanny _ = second.restore(specimen, images, options)) {
        assertThat(specimen.finish()).isEqualTo("ok");
      }
    }
  }
}

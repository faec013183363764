package org.stasis.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.stasis.engine.launcher.NativeBuild;
import org.stasis.engine.options.DumpOptions;
import org.stasis.linux.Processes;
import org.stasis.specimens.Specimen;
import org.stasis.specimens.SpecimenNotes;

@DisplayName("A specimen of what cannot be carried")
class RefusedTest {
  private static Installation installation;

  static Stream<String> refused() throws IOException {
    String only = System.getProperty("specimen");
    return Specimen.names("refused").stream()
        .filter(name -> only == null || name.startsWith("refused/" + only));
  }

  @BeforeAll
  static void load() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "ptrace needs root");
    installation = new Installation(NativeBuild.agent());
  }

  @ParameterizedTest(name = "{0}", allowZeroInvocations = true)
  @MethodSource("refused")
  @DisplayName("is refused by name with the way out, runs on, and nothing is written")
  void isRefusedByName(String name) throws Exception {
    try (Specimen specimen = Specimen.start(name)) {
      Path images = Files.createDirectory(specimen.folder().resolve("images"));
      DumpOptions options = DumpOptions.builder(images, specimen.pid()).build();
      ObstaclesException refusal =
          catchThrowableOfType(
              ObstaclesException.class,
              () ->
                  new StasisEngine(installation, Processes.self(), Cancellation.NEVER)
                      .dump(options, ActionListener.NONE));
      assertThat(refusal).as("the dump of " + name + " is refused").isNotNull();
      for (SpecimenNotes.Refusal expected : SpecimenNotes.read(name).refusals()) {
        assertThat(refusal.obstacles()).as(expected.toString()).anyMatch(it -> is(it, expected));
      }
      try (Stream<Path> files = Files.list(images)) {
        assertThat(files).isEmpty();
      }
      assertThat(specimen.finish()).isEqualTo("ok");
    }
  }

  private static boolean is(Obstacle obstacle, SpecimenNotes.Refusal expected) {
    String text = obstacle.object() + ": " + obstacle.reason();
    return hasInOrder(text, expected.reason()) && hasInOrder(obstacle.remedy(), expected.remedy());
  }

  /** Whether a text has the pieces between ellipses, and is nothing where nothing is expected. */
  private static boolean hasInOrder(String text, String expected) {
    int from = 0;
    for (String piece : List.of(expected.split("…", -1))) {
      int at = text.indexOf(piece.strip(), from);
      if (at < 0) {
        return false;
      }
      from = at + piece.strip().length();
    }
    return !expected.isEmpty() || text.isEmpty();
  }
}

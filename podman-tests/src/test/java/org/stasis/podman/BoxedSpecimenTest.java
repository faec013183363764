package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.stasis.specimens.Box;
import org.stasis.specimens.Nanny;
import org.stasis.specimens.Specimen;

/**
 * Specimens that make namespaces of their own, and all the others in boxes: the engine alone does
 * not carry namespaces. The properties {@code stasis.specimen} and {@code stasis.box} pick some by
 * how their names begin.
 */
@DisplayName("A specimen in namespaces of its own")
@Tag("container")
class BoxedSpecimenTest {
  private static OwnEngine engine;
  private static Criu stasis;

  static List<Arguments> boxed() throws IOException {
    String only = System.getProperty("stasis.specimen", "");
    String onlyBox = System.getProperty("stasis.box", "");
    List<Arguments> all = new ArrayList<>();
    for (Box box : Box.values()) {
      List<String> names = box == Box.HOST ? Specimen.names("boxed") : box.specimens();
      for (String name : names) {
        if (name.startsWith(only) && box.name().startsWith(onlyBox)) {
          all.add(Arguments.of(name, box));
        }
      }
    }
    return all;
  }

  @BeforeAll
  static void start() throws IOException {
    Path directory = Peers.required().criuDirectory();
    Peers.requireThat(Files.isExecutable(directory.resolve("stasis")), "the criu is not Stasis's");
    engine = new OwnEngine(directory);
    stasis = new Criu("stasis", directory.resolve("criu"), engine.environment());
  }

  @AfterAll
  static void stop() throws IOException {
    if (engine != null) {
      engine.close();
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("boxed")
  @DisplayName("goes on after dump, kill and restore, twice in a row")
  void restore(String name, Box box) throws IOException {
    List<String> options = Specimen.options(name);
    try (Specimen specimen = Specimen.start(name, box)) {
      Path first = Files.createDirectory(specimen.folder().resolve("images-1"));
      stasis.dump(specimen, first, options);
      try (Nanny _ = stasis.restore(specimen, first, options)) {
        Path second = Files.createDirectory(specimen.folder().resolve("images-2"));
        stasis.dump(specimen, second, options);
        try (Nanny _ = stasis.restore(specimen, second, options)) {
          assertThat(specimen.finish()).isEqualTo("ok");
        }
      }
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("boxed")
  @DisplayName("runs on unharmed after a dump that leaves it running")
  void leaveRunning(String name, Box box) throws IOException {
    List<String> options = new ArrayList<>(Specimen.options(name));
    options.add("--leave-running");
    try (Specimen specimen = Specimen.start(name, box)) {
      Path images = Files.createDirectory(specimen.folder().resolve("images"));
      stasis.dumpAndLeave(specimen, images, options);
      assertThat(specimen.finish()).isEqualTo("ok");
    }
  }
}

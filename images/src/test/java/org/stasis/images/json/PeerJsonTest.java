package org.stasis.images.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.stasis.images.json.JsonView.Form;

/** The files are of criu-4.1.1/README.md and crit-4.1.1/README.md. */
@DisplayName("The JSON of an image")
class PeerJsonTest {
  static Stream<Path> jsonFiles() {
    return Stream.of("criu-4.1.1", "crit-4.1.1").flatMap(PeerJsonTest::jsonFiles);
  }

  private static Stream<Path> jsonFiles(String name) {
    try {
      Path readme = Path.of(PeerJsonTest.class.getResource("/" + name + "/README.md").toURI());
      try (Stream<Path> files = Files.list(readme.getParent())) {
        return files.filter(file -> file.toString().endsWith(".json")).sorted().toList().stream();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean isPretty(Path json) {
    return json.toString().endsWith(".pretty.json");
  }

  private static byte[] image(Path json) throws IOException {
    String name = json.getFileName().toString();
    String suffix = isPretty(json) ? ".pretty.json" : ".json";
    return Files.readAllBytes(
        json.resolveSibling(name.substring(0, name.length() - suffix.length())));
  }

  @ParameterizedTest
  @MethodSource("jsonFiles")
  void isWhatCritPrints(Path json) throws IOException {
    byte[] mine = JsonRoundTripTest.decode(image(json), isPretty(json) ? Form.PRETTY : Form.PLAIN);
    assertThat(new String(mine, UTF_8).strip()).isEqualTo(Files.readString(json).strip());
  }

  @ParameterizedTest
  @MethodSource("jsonFiles")
  void givesTheImageThatCritPrintedItOf(Path json) throws IOException {
    assertThat(JsonRoundTripTest.encode(Files.readAllBytes(json))).isEqualTo(image(json));
  }

  @Test
  void isComparedForMostKinds() {
    List<Path> found = jsonFiles().toList();
    assertThat(found).hasSizeGreaterThan(50);
  }
}

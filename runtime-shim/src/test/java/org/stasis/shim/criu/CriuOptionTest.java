package org.stasis.shim.criu;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The options of criu")
class CriuOptionTest {
  @Test
  void areTheOnesOfTheTable() throws IOException {
    List<String> options = new ArrayList<>();
    for (CriuOption option : CriuOption.values()) {
      options.add(
          String.join(
              " ",
              option.word(),
              String.valueOf(option.letter()),
              option.needsValue() ? "required" : option.takesValue() ? "optional" : "none",
              option.accumulates() ? "accumulates" : "last",
              option.negatable() ? "negatable" : "-"));
    }

    assertThat(options).containsExactlyInAnyOrderElementsOf(table());
  }

  @Test
  void areAllExplainedByTheUsage() {
    String usage = Usage.text();

    for (CriuOption option : CriuOption.values()) {
      assertThat(usage).contains("--" + option.word());
      assertThat(option.help()).isNotEmpty();
      assertThat(option.argument().isEmpty()).isEqualTo(!option.takesValue());
    }
  }

  static List<String> table() throws IOException {
    try (InputStream file = CriuOptionTest.class.getResourceAsStream("options.txt")) {
      String text = new String(requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
      return text.lines().filter(line -> !line.startsWith("#")).toList();
    }
  }
}

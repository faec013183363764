package org.stasis.shim.runc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The features of a runtime")
class FeaturesCommandTest {
  private static final String ENABLED = "\"org.opencontainers.runc.checkpoint.enabled\":\"true\"";

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{} | {\"annotations\":{E}}",
        "{\"a\":[1,2.5,null,true,{}],\"annotations\":{\"x\":\"y\"}}"
            + " | {\"a\":[1,2.5,null,true,{}],\"annotations\":{\"x\":\"y\",E}}",
        "{\"annotations\":{\"org.opencontainers.runc.checkpoint.enabled\":\"false\",\"z\":\"ü\"}}"
            + " | {\"annotations\":{E,\"z\":\"ü\"}}",
      })
  void sayThatThereAreCheckpoints(String said, String expected) throws RuntimeFailure {
    assertThat(FeaturesCommand.completed(said)).isEqualTo(expected.replace("E", ENABLED) + "\n");
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"", "[]", "{", "{} {}", "nothing"})
  void thatAreNoObjectAreRefused(String said) {
    assertThatThrownBy(() -> FeaturesCommand.completed(said))
        .isInstanceOf(RuntimeFailure.class)
        .hasMessageStartingWith("what the runtime says of its features");
  }
}

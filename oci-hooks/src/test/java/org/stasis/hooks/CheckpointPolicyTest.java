package org.stasis.hooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stasis.shim.runc.JsonObject;

@DisplayName("What annotations ask for")
class CheckpointPolicyTest {
  private static JsonObject annotations(String... namesAndValues) {
    JsonObject annotations = new JsonObject(new LinkedHashMap<>());
    for (int i = 0; i < namesAndValues.length; i += 2) {
      String name = namesAndValues[i];
      annotations.members().put("org.stasis.checkpoint." + name, namesAndValues[i + 1]);
    }
    return annotations;
  }

  @Test
  void isNothingWhenTheyAreOthers() throws HookFailure {
    JsonObject others = new JsonObject(new LinkedHashMap<>(Map.of("org.example", "1")));
    assertThat(CheckpointPolicy.of(others)).isEmpty();
  }

  @Test
  void isAllThatTheySay() throws HookFailure {
    JsonObject all =
        annotations(
            "every",
            "5m",
            "keep",
            "7",
            "directory",
            "/srv/x/",
            "tcp-established",
            "true",
            "file-locks",
            "false");
    assertThat(CheckpointPolicy.of(all))
        .contains(
            new CheckpointPolicy(
                Duration.ofMinutes(5), 7, Path.of("/srv/x"), List.of("--tcp-established")));
  }

  @Test
  void hasDefaultsForAllButThePeriod() throws HookFailure {
    assertThat(CheckpointPolicy.of(annotations("every", "90s")))
        .contains(
            new CheckpointPolicy(
                Duration.ofSeconds(90), 3, Path.of("/var/lib/stasis/checkpoints"), List.of()));
  }

  @Test
  void isTheSameFromTheRecord() throws HookFailure {
    CheckpointPolicy policy =
        CheckpointPolicy.of(annotations("every", "2h", "ext-unix-sk", "true")).orElseThrow();
    JsonObject record = new JsonObject(new LinkedHashMap<>(policy.json()));
    assertThat(CheckpointPolicy.fromJson(record)).contains(policy);
  }

  @ParameterizedTest
  @CsvSource({
    "every, ''",
    "every, 5",
    "every, m",
    "every, 0s",
    "every, -1m",
    "every, 5d",
    "every, 9999999999999999h",
    "keep, 0",
    "keep, few",
    "directory, relative",
    "tcp-established, yes",
    "evry, 5m"
  })
  void isRefusedByNameWhenItMakesNoSense(String name, String value) {
    JsonObject wrong = annotations("every", "1s");
    wrong.members().put("org.stasis.checkpoint." + name, value);
    assertThatThrownBy(() -> CheckpointPolicy.of(wrong))
        .isInstanceOf(HookFailure.class)
        .hasMessageContaining("org.stasis.checkpoint." + name);
  }

  @Test
  void mustHaveAPeriod() {
    assertThatThrownBy(() -> CheckpointPolicy.of(annotations("keep", "2")))
        .isInstanceOf(HookFailure.class)
        .hasMessageContaining("org.stasis.checkpoint.every");
  }
}

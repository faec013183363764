package org.stasis.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stasis.engine.spi.Freezer;

@DisplayName("A tree in a freezer group")
class FreezersTest {
  private static TestGroup group(String hierarchy) throws Exception {
    Optional<TestGroup> group = TestGroup.make(hierarchy, "stasis-freezer");
    assumeTrue(group.isPresent(), "no groups can be made in hierarchy \"" + hierarchy + "\"");
    return group.orElseThrow();
  }

  @ParameterizedTest(name = "of hierarchy \"{0}\"")
  @ValueSource(strings = {"freezer", ""})
  void isThawedAndFrozenAgain(String hierarchy) throws Exception {
    try (TestGroup group = group(hierarchy)) {
      Process process = group.start("sleep", "100");
      try {
        assertThat(Freezers.frozen(group.directory())).isEmpty();
        assertThat(new ControlGroups().frozen((int) process.pid(), Optional.empty())).isEmpty();

        freeze(group.directory(), hierarchy, true);
        Freezer.Group frozen =
            new ControlGroups().frozen((int) process.pid(), Optional.empty()).orElseThrow();
        frozen.thaw();
        assertThat(Freezers.frozen(group.directory())).isEmpty();
        frozen.freeze();
        assertThat(Freezers.frozen(group.directory())).isPresent();
        assertThat(new ControlGroups().frozen((int) process.pid(), Optional.of(group.directory())))
            .isPresent();
      } finally {
        freeze(group.directory(), hierarchy, false);
        TestGroup.end(process);
      }
    }
  }

  @ParameterizedTest(name = "of hierarchy \"{0}\"")
  @ValueSource(strings = {"freezer", ""})
  void isThawedWhereItWasFrozen(String hierarchy) throws Exception {
    try (TestGroup group = group(hierarchy)) {
      Path below = Files.createDirectory(group.directory().resolve("below"));
      freeze(group.directory(), hierarchy, true);
      try {
        Freezer.Group frozen = Freezers.frozen(below).orElseThrow();
        frozen.thaw();
        assertThat(Freezers.frozen(below)).isEmpty();
        assertThat(Freezers.frozen(group.directory())).isEmpty();
      } finally {
        freeze(group.directory(), hierarchy, false);
      }
    }
  }

  private static void freeze(Path directory, String hierarchy, boolean on) throws Exception {
    if (hierarchy.isEmpty()) {
      GroupFile.write(directory, "cgroup.freeze", on ? "1" : "0");
    } else {
      GroupFile.write(directory, "freezer.state", on ? "FROZEN" : "THAWED");
    }
  }
}

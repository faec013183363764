package org.stasis.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.stasis.engine.ActionListener;
import org.stasis.engine.Cancellation;
import org.stasis.engine.Installation;
import org.stasis.engine.Obstacle;
import org.stasis.engine.ObstaclesException;
import org.stasis.engine.StasisEngine;
import org.stasis.engine.launcher.NativeBuild;
import org.stasis.engine.options.DumpOptions;
import org.stasis.linux.Processes;
import org.stasis.specimens.Specimen;

@DisplayName("Memory that no checkpoint can hold")
class RefusedMemoryTest {
  @Test
  @DisplayName("is named, all of it at once, before anything is written")
  void isNamed() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "ptrace needs root");
    try (Specimen specimen = Specimen.start("refused/memory")) {
      Path images = Files.createDirectory(specimen.folder().resolve("images"));
      List<String> kinds = Files.readAllLines(specimen.folder().resolve("kinds"));
      assertThat(kinds).as("what this machine has").isNotEmpty();
      StasisEngine engine =
          new StasisEngine(
              new Installation(NativeBuild.agent()), Processes.self(), Cancellation.NEVER);
      DumpOptions options = DumpOptions.builder(images, specimen.pid()).build();
      ObstaclesException refused =
          catchThrowableOfType(
              ObstaclesException.class, () -> engine.dump(options, ActionListener.NONE));
      List<String> mappings = new ArrayList<>();
      for (Obstacle obstacle : refused.obstacles()) {
        assertThat(obstacle.task()).contains("memory");
        assertThat(obstacle.remedy()).as("%s", obstacle).isNotEmpty();
        if (obstacle.object().startsWith("mapping ")) {
          mappings.add(obstacle.reason());
        }
      }
      assertThat(mappings).hasSameSizeAs(kinds);
      for (String kind : kinds) {
        assertThat(mappings).anyMatch(reason -> reason.contains(kind));
      }
      try (Stream<Path> written = Files.list(images)) {
        assertThat(written).isEmpty();
      }
      assertThat(specimen.finish()).isEqualTo("ok");
    }
  }
}

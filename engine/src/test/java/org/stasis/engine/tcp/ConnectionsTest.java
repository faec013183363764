package org.stasis.engine.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.stasis.engine.Action;
import org.stasis.engine.ActionListener;
import org.stasis.engine.ActionRefusedException;
import org.stasis.engine.Cancellation;
import org.stasis.engine.CheckpointEngine;
import org.stasis.engine.Installation;
import org.stasis.engine.ObstaclesException;
import org.stasis.engine.StasisEngine;
import org.stasis.engine.StasisException;
import org.stasis.engine.launcher.NativeBuild;
import org.stasis.engine.options.DumpOptions;
import org.stasis.linux.Processes;
import org.stasis.specimens.Specimen;

@DisplayName("Connections to a server outside of the tree")
class ConnectionsTest {
  private static final String NAME = "tcp-outside";

  private static CheckpointEngine engine;

  @BeforeAll
  static void load() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "ptrace needs root");
    engine =
        new StasisEngine(
            new Installation(NativeBuild.agent()), Processes.self(), Cancellation.NEVER);
  }

  private static Path images(Specimen specimen) throws IOException {
    return Files.createDirectory(specimen.folder().resolve("images"));
  }

  @Test
  void areRefusedByNameWhenNobodyHasAskedForThem() throws Exception {
    try (Specimen specimen = Specimen.start(NAME)) {
      DumpOptions options = DumpOptions.builder(images(specimen), specimen.pid()).build();
      assertThatThrownBy(() -> engine.dump(options, ActionListener.NONE))
          .isInstanceOf(ObstaclesException.class)
          .hasMessageContaining("a TCP connection, 127.0.0.1:")
          .hasMessageContaining("[0:0:0:0:0:0:0:1]:")
          .hasMessageContaining("use --tcp-established to keep it, or --tcp-close to end it");
      assertThat(specimen.finish()).isEqualTo("ok");
    }
  }

  @Test
  void goOnWhenADumpFailsAfterTheyWereSilenced() throws Exception {
    try (Specimen specimen = Specimen.start(NAME)) {
      DumpOptions options =
          DumpOptions.builder(images(specimen), specimen.pid()).tcpEstablished(true).build();
      ActionListener refusing =
          (stage, _) -> {
            if (stage == Action.POST_DUMP) {
              throw new ActionRefusedException(stage, "no");
            }
          };
      assertThatThrownBy(() -> engine.dump(options, refusing)).isInstanceOf(StasisException.class);
      assertThat(specimen.finish()).isEqualTo("ok");
    }
  }
}

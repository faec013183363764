package org.stasis.hooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The folder of a container's checkpoints")
class CheckpointFolderTest {
  @TempDir Path folder;

  @Test
  void keepsTheLastOnes() throws IOException {
    CheckpointFolder checkpoints = new CheckpointFolder(folder.resolve("new"));
    List<Path> finished = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Files.writeString(checkpoints.begin().resolve("inventory.img"), "number " + i);
      finished.add(checkpoints.finish(2));
    }
    assertThat(checkpoints.checkpoints()).containsExactlyElementsOf(finished.subList(3, 5));
    assertThat(checkpoints.checkpoints().getLast().resolve("inventory.img")).hasContent("number 4");
  }

  @Test
  void neverCountsWhatFailedOrWasNotFinished() throws IOException {
    CheckpointFolder checkpoints = new CheckpointFolder(folder.resolve("new"));
    checkpoints.begin();
    Path good = checkpoints.finish(1);
    for (int i = 0; i < 2; i++) {
      Files.writeString(checkpoints.begin().resolve("dump.log"), "failure " + i);
      assertThat(checkpoints.fail().resolve("dump.log")).hasContent("failure " + i);
    }
    Files.writeString(checkpoints.begin().resolve("half"), "");
    assertThat(checkpoints.begin()).isEmptyDirectory();
    assertThat(checkpoints.checkpoints()).containsExactly(good);
  }
}

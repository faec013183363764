package org.stasis.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WriteBehindTest {
  private static final byte[] MIB = new byte[1 << 20];

  @TempDir Path directory;

  @Test
  void allIsThereWhenItHasFinished() throws IOException {
    WriteBehind behind = new WriteBehind();
    for (int i = 0; i < 100; i++) { // more than may wait
      MIB[0] = (byte) i;
      behind.add(directory.resolve("file-" + i), MIB.clone());
    }
    behind.finish();
    for (int i = 0; i < 100; i++) {
      assertThat(Files.readAllBytes(directory.resolve("file-" + i)))
          .hasSize(MIB.length)
          .startsWith((byte) i);
    }
  }

  @Test
  void finishTellsWhatFailed() throws IOException {
    WriteBehind behind = new WriteBehind();
    Path missing = directory.resolve("missing/file");
    behind.add(missing, new byte[1]);
    assertThatThrownBy(behind::finish)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("missing");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void whoHasMoreIsToldToo() throws IOException {
    WriteBehind behind = new WriteBehind();
    behind.add(directory.resolve("missing/file"), new byte[1]);
    assertThatThrownBy(
            () -> {
              while (true) { // the failure comes at some time, and before memory is full
                behind.add(directory.resolve("next"), MIB);
              }
            })
        .isInstanceOf(IOException.class)
        .hasMessageContaining("missing");
    behind.cancel();
  }

  @Test
  void nothingIsWrittenAfterCancel() throws IOException {
    WriteBehind behind = new WriteBehind();
    for (int i = 0; i < 20; i++) {
      behind.add(directory.resolve("file-" + i), MIB);
    }
    behind.cancel();
    Files.createDirectory(directory.resolve("made-after"));
    String[] before = directory.toFile().list();
    behind.finish();
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder(before);
  }

  @Test
  void withoutFilesThereIsNothingToDo() throws IOException {
    WriteBehind behind = new WriteBehind();
    behind.cancel();
    behind.finish();
    assertThat(directory).isEmptyDirectory();
  }
}

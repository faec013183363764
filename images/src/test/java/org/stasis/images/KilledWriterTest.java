package org.stasis.images;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stasis.images.proto.FsEntry;
import org.stasis.images.proto.InventoryEntry;

@DisplayName("A directory whose writer is killed")
class KilledWriterTest {
  private static final int FILES = 100;

  @TempDir Path directory;

  /**
   * The writer replaces one set by the next, over and over. Wherever it is struck down, the
   * directory holds one of them as a whole, or none; and the next dump goes well.
   */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void holdsAWholeSetOrNone(long seed) throws Exception {
    Random random = new Random(seed);
    Process writer = TestJvm.start(Writer.class, "64m", directory.toString());
    try (BufferedReader commits = writer.inputReader()) {
      int count = 1 + random.nextInt(20);
      for (int i = 0; i < count; i++) assertThat(commits.readLine()).isNotNull();
      TimeUnit.MICROSECONDS.sleep(random.nextInt(20_000)); // some moment, whatever it is
    } finally {
      writer.destroyForcibly().waitFor();
    }
    if (new ImageDirectory(directory).exists(ImageKind.INVENTORY)) {
      assertThatSetIsWhole();
    }
    write(directory, 0);
    assertThatSetIsWhole();
    assertThat(directory.toFile().list()).hasSize(FILES + 1);
  }

  private void assertThatSetIsWhole() throws IOException {
    ImageSet set = ImageSet.open(directory);
    int generation = (int) set.inventory().getDumpUptime();
    for (int pid = 1; pid <= FILES; pid++) {
      assertThat(set.read(ImageKind.FS, pid, FsEntry.parser()).getCwdId()).isEqualTo(generation);
    }
  }

  private static void write(Path directory, int generation) throws IOException {
    try (ImageSetWriter images = ImageSetWriter.create(directory)) {
      for (int pid = 1; pid <= FILES; pid++) {
        FsEntry entry = FsEntry.newBuilder().setCwdId(generation).setRootId(1).build();
        images.write(ImageKind.FS, pid, entry);
      }
      images.write(
          ImageKind.INVENTORY,
          InventoryEntry.newBuilder()
              .setImgVersion(2)
              .setFdinfoPerId(true)
              .setDumpUptime(generation)
              .build());
      images.commit();
    }
  }

  /** Runs in a JVM of its own until it is killed. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] args) throws IOException {
      for (int generation = 1; generation > 0; generation++) {
        write(Path.of(args[0]), generation);
        System.out.println(generation);
        System.out.flush();
      }
    }
  }
}

package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Dumps to file systems of every size that is too small. */
@DisplayName("A dump to a disk that fills up")
@Tag("container")
class FullDiskTest {
  private static final int PAGE = 4096;
  private static final int LEVELS = 12;

  private static Path directory;

  @BeforeAll
  static void find() {
    directory = Peers.required().criuDirectory();
    Peers.requireThat(Files.isExecutable(directory.resolve("stasis")), "the criu is not Stasis's");
  }

  /** A tmpfs of a certain size. */
  private record SmallDisk(Path path) implements AutoCloseable {
    static SmallDisk of(Path path, long bytes) throws IOException {
      Files.createDirectory(path);
      String options = "size=" + bytes;
      Command.of("mount", "-t", "tmpfs", "-o", options, "stasis-test", path.toString())
          .run()
          .orFail();
      return new SmallDisk(path);
    }

    @Override
    public void close() throws IOException {
      Command.of("umount", path.toString()).run().orFail();
      Files.delete(path);
    }
  }

  private static long bytes(Path images) throws IOException {
    long sum = 0;
    try (Stream<Path> files = Files.list(images)) {
      for (Path file : files.toList()) {
        sum += (Files.size(file) + PAGE - 1) / PAGE * PAGE;
      }
    }
    return sum;
  }

  @Test
  @DisplayName("says so, leaves no checkpoint, and the program unharmed")
  void saysSo() throws IOException {
    try (OwnEngine engine = new OwnEngine(directory);
        BusyTree tree = new BusyTree()) {
      Criu criu = new Criu("stasis", directory.resolve("criu"), engine.environment());
      Path images = tree.images();
      dump(criu, tree, images).orFail();
      long needed = bytes(images);
      int failed = 0;
      for (int level = 1; level <= LEVELS; level++) {
        long size = needed * level / LEVELS / PAGE * PAGE;
        try (SmallDisk disk = SmallDisk.of(tree.specimen().folder().resolve("disk"), size)) {
          CommandResult result = dump(criu, tree, disk.path());
          tree.assertWell();
          if (result.exitStatus() != 0) {
            failed++;
            assertThat(result.errors())
                .as("of a disk of %d bytes", size)
                .contains("writing images to " + disk.path())
                .contains("No space left on device");
            try (Stream<Path> left = Files.list(disk.path())) {
              assertThat(left.filter(FullDiskTest::isImage)).isEmpty();
            }
          }
        }
      }
      assertThat(failed).isGreaterThanOrEqualTo(LEVELS / 2);
      dump(criu, tree, tree.images()).orFail();
      assertThat(tree.specimen().finish()).isEqualTo("ok");
    }
  }

  private static boolean isImage(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(".img") || !name.endsWith(".log");
  }

  /** The log goes elsewhere, lest it fill the disk. */
  private static CommandResult dump(Criu criu, BusyTree tree, Path images) {
    List<String> words = new ArrayList<>(List.of(criu.program().toString(), "dump", "-v4"));
    words.addAll(List.of("-D", images.toString(), "-W", tree.specimen().folder().toString()));
    words.addAll(List.of("-o", "dump.log", "--leave-running"));
    words.addAll(List.of("-t", Integer.toString(tree.specimen().pid())));
    return Command.of(words, Map.copyOf(criu.environment())).run();
  }
}

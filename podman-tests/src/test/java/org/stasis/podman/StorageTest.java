package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A container with a tmpfs, a volume and a bind mount")
@Tag("container")
@Tag("any-runtime")
class StorageTest {
  /** Keeps a file of each kind open while counting, and appends every number to all three. */
  private static final String WRITER =
      """
      exec 3>>/scratch/log 4>>/data/log 5>>/shared/log
      dd if=/dev/urandom of=/scratch/random bs=64k count=16 2>/dev/null
      sha256sum </scratch/random >/scratch/sum
      i=0; while :; do i=$((i+1)); echo $i >&3; echo $i >&4; echo $i >&5; echo $i; sleep 0.1; done
      """;

  @RegisterExtension final Podman podman = new Podman();

  private Container writing(String volume, Path shared) {
    Container container =
        podman.start(
            "--network",
            "none",
            "--tmpfs",
            "/scratch:size=16m",
            "-v",
            volume + ":/data",
            "-v",
            shared + ":/shared",
            podman.image("busybox"),
            "sh",
            "-c",
            WRITER);
    container.awaitNumber(3);
    return container;
  }

  @Test
  void findsAllThreeAgainInPlace() throws IOException {
    Path shared = podman.directory();
    Container container = writing(podman.volume(), shared);
    container.checkpoint();
    long before = container.lastNumber();
    Files.writeString(shared.resolve("note"), "written while it was away");

    container.restore();

    container.awaitNumber(before + 5);
    assertAllThere(container, shared);
  }

  @Test
  void takesThemAlongIntoAnotherContainer() throws IOException {
    Path shared = podman.directory();
    String volume = podman.volume();
    Path archive = writing(volume, shared).export();
    podman.run("volume", "rm", volume); // it travels in the archive
    Files.writeString(shared.resolve("note"), "written while it was away");

    Container restored = podman.restore(archive);

    restored.awaitNumber(30);
    assertAllThere(restored, shared);
  }

  @Test
  void comesToAnotherStorageRoot() throws Exception {
    Path archive = podman.counting("--network", "none").export();
    try (OtherStorage there = new OtherStorage(podman)) {
      there.load(podman.image("busybox"));

      ToolContainer restored = there.restore(archive);

      Counting.assertUnbroken(restored.awaitNumber(30)); // the log has come along
    }
  }

  private static void assertAllThere(Container container, Path shared) throws IOException {
    assertThat(
            container.exec(
                "sh", "-c", "sha256sum </scratch/random | cmp - /scratch/sum && echo same"))
        .isEqualTo("same");
    assertThat(container.exec("stat", "-f", "-c", "%T", "/scratch")).isEqualTo("tmpfs");
    assertThat(container.exec("cat", "/shared/note")).isEqualTo("written while it was away");
    for (String log : List.of("/scratch/log", "/data/log", "/shared/log")) {
      List<Long> numbers = container.exec("cat", log).lines().map(Long::valueOf).toList();
      assertThat(numbers.getFirst()).as(log).isEqualTo(1);
      Counting.assertUnbroken(numbers);
    }
    assertThat(Files.readString(shared.resolve("log"))).startsWith("1\n2\n3\n");
  }
}

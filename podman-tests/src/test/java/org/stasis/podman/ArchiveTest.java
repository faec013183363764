package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A container exported to an archive")
@Tag("container")
@Tag("any-runtime")
class ArchiveTest {
  @RegisterExtension final Podman podman = new Podman();

  private Path archiveAfter(long number) {
    Container container =
        podman.start("--network", "none", podman.image("busybox"), "sh", "-c", Counting.SHELL);
    container.awaitNumber(number);
    return container.export();
  }

  @Test
  void goesOnUnderANewName() {
    Path archive = archiveAfter(5);

    Container restored = podman.restore(archive);

    Counting.assertUnbroken(restored.awaitNumber(restored.lastNumber() + 5));
    assertThat(restored.numbers().getLast()).isGreaterThan(10);
  }

  @Test
  void isRestoredTwiceAndBothGoOnByThemselves() {
    Path archive = archiveAfter(20);

    Container first = podman.restore(archive);
    Container second = podman.restore(archive);

    List<Long> one = first.awaitNumber(first.lastNumber() + 5);
    List<Long> two = second.awaitNumber(second.lastNumber() + 5);
    Counting.assertUnbroken(one);
    Counting.assertUnbroken(two);
    assertThat(one.getLast()).isGreaterThan(20);
    assertThat(two.getLast()).isGreaterThan(20);
    assertThat(first.isRunning()).isTrue();
    first.exec("touch", "/only-in-the-first");
    assertThat(second.exec("sh", "-c", "test -e /only-in-the-first || echo absent"))
        .isEqualTo("absent");
  }

  @Test
  void canBeExportedAgainAfterItsRestore() {
    Container restored = podman.restore(archiveAfter(5));
    restored.awaitNumber(restored.lastNumber() + 2);

    Container again = podman.restore(restored.export("--compress", "none"));

    Counting.assertUnbroken(again.awaitNumber(again.lastNumber() + 5));
  }

  @Test
  void isReadByCheckpointctl() {
    Path archive =
        podman.start("--network", "none", podman.image("busybox"), "sleep", "1000").export();
    String checkpointctl = podman.peers().place("checkpointctl.peer");

    String shown = Command.of(checkpointctl, "show", archive.toString()).run().orFail().output();
    String all =
        Command.of(checkpointctl, "inspect", "--all", archive.toString()).run().orFail().output();

    assertThat(shown).contains("localhost/stasis/busybox", "runc", "Podman");
    assertThat(all).contains("[1]  sleep 1000", "/dev/null", "container=podman", "Pages written");
  }
}

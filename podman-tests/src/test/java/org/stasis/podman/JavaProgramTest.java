package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.stasis.podman.program.Ledger;

@DisplayName("A Java program with threads and a 256 MiB heap")
@Tag("container")
class JavaProgramTest {
  @RegisterExtension final Podman podman = new Podman();

  private static final List<String> OPTIONS =
      List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch", "-cp");

  private static String classes() throws URISyntaxException {
    return Path.of(Ledger.class.getProtectionDomain().getCodeSource().getLocation().toURI())
        .toString();
  }

  private static List<String> command(String java, String classes) {
    List<String> words = new ArrayList<>(List.of(java));
    words.addAll(OPTIONS);
    words.addAll(List.of(classes, Ledger.class.getName()));
    return words;
  }

  /** Without the file of performance data that any other JVM of the host removes meanwhile. */
  private static List<String> onHost(String java) throws URISyntaxException {
    List<String> words = command(java, classes());
    words.add(1, "-XX:-UsePerfData");
    return words;
  }

  private Container ledger() throws URISyntaxException {
    List<String> words = new ArrayList<>(List.of("--network", "none", "-v"));
    words.addAll(List.of(classes() + ":/app:ro", podman.image("jdk")));
    words.addAll(command("java", "/app"));
    Container container = podman.start(words.toArray(String[]::new));
    container.awaitNumber(3);
    return container;
  }

  @Test
  void goesOnAsAProcessOfTheHost() throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin/java").toString();
    try (HostProcess process = new HostProcess(podman.peers(), podman.directory(), onHost(java))) {
      process.awaitNumber(3);
      process.dump();
      long before = process.numbers().getLast();

      process.restore();

      Counting.assertUnbroken(process.awaitNumber(before + 3));
    }
  }

  @Test
  void goesOnInItsContainer() throws URISyntaxException {
    Container container = ledger();
    container.checkpoint();
    long before = container.lastNumber();

    container.restore();

    Counting.assertUnbroken(container.awaitNumber(before + 3));
  }

  @Test
  void goesOnInAnotherContainer() throws URISyntaxException {
    Path archive = ledger().export();

    Container restored = podman.restore(archive);

    long before = restored.lastNumber();
    Counting.assertUnbroken(restored.awaitNumber(before + 3));
    assertThat(restored.isRunning()).isTrue();
  }
}

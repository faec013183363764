package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A container with a terminal or an open standard input")
@Tag("container")
@Tag("any-runtime")
class TerminalTest {
  private static final String ECHO = "while read line; do echo \"got $line\"; done";

  @RegisterExtension final Podman podman = new Podman();

  private Container shell(String option, String commands) {
    return podman.start("--network", "none", option, podman.image("busybox"), "sh", "-c", commands);
  }

  private Container counting() {
    Container container = shell("-t", Counting.SHELL);
    container.awaitNumber(3);
    return container;
  }

  private static void assertHasTerminal(Container container) {
    assertThat(container.exec("readlink", "/proc/1/fd/1")).isEqualTo("/dev/pts/0");
    assertThat(container.exec("sh", "-c", "tty </dev/pts/0")).isEqualTo("/dev/pts/0");
    assertThat(container.exec("sh", "-c", "grep -c '/0 /dev/console ' /proc/1/mountinfo"))
        .isEqualTo("1");
  }

  /** Device number of the controlling terminal, and its foreground group. */
  private static String controlling(Container container) {
    return container.exec("sh", "-c", "cut -d ' ' -f 7,8 /proc/1/stat");
  }

  @Test
  void keepsIt() {
    Container container = counting();
    assertHasTerminal(container);
    container.exec("sh", "-c", "stty rows 33 columns 77 -echo intr ^G </dev/pts/0");
    String settings = container.exec("sh", "-c", "stty -a </dev/pts/0");
    String before = controlling(container);
    container.checkpoint();
    long last = container.lastNumber();

    container.restore();

    Counting.assertUnbroken(container.awaitNumber(last + 5));
    assertHasTerminal(container);
    assertThat(controlling(container)).isEqualTo(before).startsWith("34816 ");
    assertThat(container.exec("sh", "-c", "stty -a </dev/pts/0"))
        .isEqualTo(settings)
        .contains("rows 33; columns 77;", "intr = ^G;", "-echo ");
  }

  @Test
  void keepsItWhenLeftRunning() {
    Container container = counting();
    container.checkpoint("--leave-running");
    Counting.assertUnbroken(container.awaitNumber(container.lastNumber() + 5));
    assertHasTerminal(container);
  }

  @Test
  void hasOneAgainUnderANewName() {
    Path archive = counting().export();
    for (int copies = 0; copies < 2; copies++) {
      Container copy = podman.restore(archive);
      Counting.assertUnbroken(copy.awaitNumber(copy.lastNumber() + 5));
      assertHasTerminal(copy);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-i", "-it"})
  void readsWhatIsTypedAfterARestore(String option) {
    Container container = shell(option, ECHO);
    container.checkpoint();

    container.restore();

    container.type("hello\n", printed -> printed.contains("got hello"));
  }
}

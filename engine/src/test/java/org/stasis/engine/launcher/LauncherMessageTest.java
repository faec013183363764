package org.stasis.engine.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stasis.linux.Errno;
import org.stasis.linux.SyscallException;

@DisplayName("A message between launcher and engine")
class LauncherMessageTest {
  private static final LauncherMessage MESSAGE =
      new LauncherMessage(LauncherMessage.RUN, -2, 0x7000_0000_1000L, 3, Long.MIN_VALUE);

  @Test
  void survivesItsWayThroughBytes() throws IOException {
    assertThat(LauncherMessage.decode(MESSAGE.encode(List.of()))).isEqualTo(MESSAGE);
  }

  @ParameterizedTest(name = "{0} bytes")
  @ValueSource(ints = {1, 8, 39, 41, 80})
  void ofAnotherLengthIsRefused(int length) {
    assertThatThrownBy(() -> LauncherMessage.decode(new byte[length]))
        .isInstanceOfSatisfying(
            SyscallException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPROTO.number()))
        .hasMessageContaining(length + " bytes");
  }

  @Test
  void carriesArgumentsEndedByZeros() {
    byte[] bytes =
        LauncherMessage.of(LauncherMessage.EXEC, 2).encode(List.of("/bin/true", "\u00fc"));
    assertThat(bytes).hasSize(LauncherMessage.BYTES + 10 + 3);
    assertThat(
            new String(bytes, LauncherMessage.BYTES, 13, java.nio.charset.StandardCharsets.UTF_8))
        .isEqualTo("/bin/true\0\u00fc\0");
  }

  @Test
  void longerThanTheLauncherTakesIsNotMade() {
    List<String> arguments = Collections.nCopies(64, "x".repeat(1023));
    assertThatThrownBy(() -> MESSAGE.encode(arguments))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void hasTheLayoutOfTheHeader(@TempDir Path folder) throws IOException {
    assertThat(fromTheHeader(folder))
        .isEqualTo(
            String.join(
                " ",
                List.of(
                    "kind=" + LauncherMessage.KIND_AT,
                    "value=" + LauncherMessage.VALUE_AT,
                    "address=" + LauncherMessage.ADDRESS_AT,
                    "length=" + LauncherMessage.LENGTH_AT,
                    "stack=" + LauncherMessage.STACK_AT,
                    "size=" + LauncherMessage.BYTES,
                    "MAGIC=" + LauncherMessage.MAGIC,
                    "VERSION=" + LauncherMessage.VERSION,
                    "HELLO=" + LauncherMessage.HELLO,
                    "DONE=" + LauncherMessage.DONE,
                    "WELCOME=" + LauncherMessage.WELCOME,
                    "EXIT=" + LauncherMessage.EXIT,
                    "REFUSE=" + LauncherMessage.REFUSE,
                    "MAP=" + LauncherMessage.MAP,
                    "STACK=" + LauncherMessage.STACK,
                    "RUN=" + LauncherMessage.RUN,
                    "UNMAP=" + LauncherMessage.UNMAP,
                    "WAIT=" + LauncherMessage.WAIT,
                    "WAIT_ALL=" + LauncherMessage.WAIT_ALL,
                    "EXEC=" + LauncherMessage.EXEC,
                    "KEEP=" + LauncherMessage.KEEP,
                    "SPAWN=" + LauncherMessage.SPAWN,
                    "ADOPT=" + LauncherMessage.ADOPT,
                    "RUNTIME=" + LauncherMessage.RUNTIME,
                    "UNDO=" + LauncherMessage.UNDO,
                    "FORGET=" + LauncherMessage.FORGET)));
  }

  private static String fromTheHeader(Path folder) throws IOException {
    StringBuilder source =
        new StringBuilder("#include <stdio.h>\n#include <stddef.h>\n#include \"launcher.h\"\n");
    source.append("int main(void) { printf(\"");
    StringBuilder values = new StringBuilder();
    String separator = "";
    for (String field : List.of("kind", "value", "address", "length", "stack")) {
      source.append(separator).append(field).append("=%d");
      values.append(", (int)offsetof(struct launcher_message, ").append(field).append(")");
      separator = " ";
    }
    source.append(" size=%d MAGIC=%d VERSION=%d");
    values.append(", (int)sizeof(struct launcher_message), LAUNCHER_MAGIC, LAUNCHER_VERSION");
    for (String kind :
        List.of(
            "HELLO",
            "DONE",
            "WELCOME",
            "EXIT",
            "REFUSE",
            "MAP",
            "STACK",
            "RUN",
            "UNMAP",
            "WAIT",
            "WAIT_ALL",
            "EXEC",
            "KEEP",
            "SPAWN",
            "ADOPT",
            "RUNTIME",
            "UNDO",
            "FORGET")) {
      source.append(" ").append(kind).append("=%d");
      values.append(", MESSAGE_").append(kind);
    }
    source.append("\"").append(values).append("); return 0; }\n");
    Path file = Files.writeString(folder.resolve("layout.c"), source);
    Path program = folder.resolve("layout");
    NativeBuild.run("gcc", "-I" + NativeBuild.sources(), "-o", program.toString(), file.toString());
    return NativeBuild.run(program.toString());
  }
}

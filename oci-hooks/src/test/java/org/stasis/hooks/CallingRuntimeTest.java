package org.stasis.hooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The runtime that calls a hook")
class CallingRuntimeTest {
  @ParameterizedTest
  @CsvSource({
    "runc --root /run/x create id, /run/x",
    "runc --log l --root=/run/x create id, /run/x",
    "runc -root /run/x create id, /run/x",
    "runc create id,",
    "runc --root,"
  })
  void isToldItsRoot(String line, String root) {
    assertThat(CallingRuntime.root(List.of(line.split(" ")))).isEqualTo(Optional.ofNullable(root));
  }

  @Test
  void isTheParent() throws IOException {
    Process child = new ProcessBuilder("sleep", "60").start();
    try {
      CallingRuntime runtime = CallingRuntime.of((int) child.pid());
      assertThat(runtime.path()).isEqualTo(ProcessHandle.current().info().command().orElseThrow());
      assertThat(runtime.isRestoring()).isFalse();
    } finally {
      child.destroyForcibly();
    }
  }

  @Test
  void hasStartedAProcessThatIsKnownFromALaterOneOfItsPid() throws Exception {
    Process child = new ProcessBuilder("sleep", "60").start();
    Init init = Init.of((int) child.pid());
    assertThat(init.isAlive()).isTrue();
    assertThat(new Init(init.pid(), init.startTicks() - 1).isAlive()).isFalse();
    child.destroyForcibly().waitFor();
    assertThat(init.isAlive()).isFalse();
  }
}

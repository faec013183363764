package org.stasis.shim.runc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A path below a container's root")
class RootfsPathTest {
  @TempDir private Path root;

  @BeforeEach
  void makeRoot() throws IOException {
    Files.createDirectories(root.resolve("run/lock"));
    Files.createDirectory(root.resolve("var"));
    Files.createSymbolicLink(root.resolve("var/run"), Path.of("/run"));
    Files.createSymbolicLink(root.resolve("var/up"), Path.of("../../../run"));
    Files.createSymbolicLink(root.resolve("mine"), Path.of("var/run/lock"));
    Files.createSymbolicLink(root.resolve("circle"), Path.of("circle"));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "/data, /data",
    "data//./x/, /data/x",
    "/var/run/secrets, /run/secrets",
    "/var/up/a, /run/a",
    "/mine/x, /run/lock/x",
    "/../../etc/../run, /run",
    "/none/../var/run, /run",
    "/, /",
  })
  void staysInside(String path, String expected) throws RuntimeFailure {
    assertThat(RootfsPath.resolve(root, path)).isEqualTo(expected);
  }

  @Test
  void thatGoesRoundInACircleIsRefused() {
    assertThatThrownBy(() -> RootfsPath.resolve(root, "/circle/x"))
        .isInstanceOf(RuntimeFailure.class)
        .hasMessageEndingWith("too many links");
  }
}

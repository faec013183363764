package org.stasis.shim.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.stasis.shim.engine.Sandbox.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.shim.engine.Sandbox.Call;

@DisplayName("The engine of the distribution")
class StandardEngineTest {
  private Sandbox sandbox;

  @BeforeEach
  void makeSandbox(@TempDir Path folder) throws IOException {
    assumeTrue(
        Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid")),
        "namespaces are made by root");
    sandbox = new Sandbox(folder, "org.stasis.shim.Main");
  }

  @AfterEach
  void removeSandbox() throws Exception {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  private Call call(String program, String... words) throws IOException {
    Path link = sandbox.launcher().resolveSibling(program);
    if (!Files.exists(link)) {
      Files.createSymbolicLink(link, sandbox.launcher().getFileName());
    }
    Map<String, String> environment = Map.of("STASIS_RUNTIME", "/bin/true");
    return sandbox.run(environment, Sandbox.line(link.toString(), words));
  }

  @Test
  void opensTheDoorOfTheNameItIsCalledBy() throws Exception {
    assertThat(call("criu", "--version").success()).startsWith("Version: 4.");
    assertThat(call("stasis", "--version").success()).startsWith("stasis ");
    Call runc = call("stasis-runc", "checkpoint", "box");
    assertThat(runc.status()).isEqualTo(1);
    assertThat(runc.text()).contains("level=error msg=\"container does not exist\"");
  }

  @Test
  void writesRuncsErrorsWhereItsCallerLooks() throws Exception {
    Call runc = call("stasis-runc", "--log=errors", "--log-format", "json", "checkpoint", "box");
    assertThat(runc.status()).isEqualTo(1);
    assertThat(runc.text()).isEqualTo("container does not exist");
    assertThat(sandbox.folder().resolve("errors"))
        .content()
        .startsWith("{\"level\":\"error\",\"msg\":\"container does not exist\"");
  }

  @Test
  void isShownAndStopped() throws Exception {
    Call none = call("stasis", "engine", "status");
    assertThat(none.status()).isEqualTo(3);
    assertThat(none.text()).isEqualTo("no resident engine is running");
    await("its end", () -> !sandbox.exists(RunFolder.SOCKET_PATH));

    call("criu", "--version").success();
    assertThat(call("stasis", "engine", "status").success())
        .startsWith("resident engine, pid ")
        .endsWith(": this question");
    assertThat(call("stasis", "engine", "log").success()).contains("] resident, version ");
    assertThat(call("stasis", "engine", "stop").success()).endsWith(", ends now");
    await("its end", () -> !sandbox.exists(RunFolder.SOCKET_PATH));
  }

  @Test
  void canBeToldToStopByWhoItDoesNotServe() throws Exception {
    call("criu", "--version").success();
    List<String> status =
        List.of("unshare", "--net", sandbox.launcher().toString(), "engine", "status");
    assertThat(sandbox.run(Map.of(), status).success()).contains("does not serve this caller");
    List<String> stop =
        List.of("unshare", "--net", sandbox.launcher().toString(), "engine", "stop");
    assertThat(sandbox.run(Map.of(), stop).success()).contains("ends when its sessions end");
    await("its end", () -> !sandbox.exists(RunFolder.SOCKET_PATH));
  }
}

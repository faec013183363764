package org.stasis.shim.runc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stasis.engine.CheckpointEngine;
import org.stasis.linux.SyscallException;
import org.stasis.shim.criu.FakeCaller;

@DisplayName("A call of stasis-runc")
class RuncDoorTest {
  private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ";

  @TempDir private Path folder;
  private FakeCaller caller;

  @BeforeEach
  void makeCaller() throws IOException {
    caller = new FakeCaller(folder);
  }

  @AfterEach
  void closeCaller() throws SyscallException {
    caller.close();
  }

  private int call(String... words) throws SyscallException {
    CheckpointEngine unused =
        (CheckpointEngine)
            Proxy.newProxyInstance(
                CheckpointEngine.class.getClassLoader(),
                new Class<?>[] {CheckpointEngine.class},
                (proxy, method, arguments) -> {
                  throw new AssertionError(method + ": nothing here may get as far as the engine");
                });
    return RuncDoor.run(caller.calling(words), unused);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"checkpoint, --leave-running", "restore, '--bundle value, -b value'"})
  void helpsWithoutAContainer(String command, String option) throws IOException {
    assertThat(call(command, "--help")).isZero();
    assertThat(caller.output()).startsWith("NAME:\n").contains(option);
    assertThat(caller.error()).isEmpty();
  }

  @Test
  void answersTheProbeForPods() throws IOException {
    assertThat(call("restore", "--lsm-mount-context")).isEqualTo(1);
    assertThat(caller.output())
        .startsWith("Incorrect Usage: flag needs an argument: -lsm-mount-context\n");
    assertThat(caller.error())
        .matches(
            "time=\""
                + TIME
                + "\" level=error msg=\"flag needs an argument: -lsm-mount-context\"\n");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "--nope checkpoint a       | flag provided but not defined: -nope",
        "--log-format xml restore a| invalid log-format: xml",
        "checkpoint --nope a       | flag provided but not defined: -nope",
        "checkpoint                | criu: \\\"checkpoint\\\" requires exactly 1 argument(s)",
        "restore a b               | criu: \\\"restore\\\" requires exactly 1 argument(s)",
        "restore --parent-path p a | flag provided but not defined: -parent-path",
        "checkpoint a/b            | invalid container ID format",
        "checkpoint ..             | invalid container ID format",
      })
  void refusesWhatRuncRefuses(String line, String message) throws IOException {
    assertThat(call(line.split(" ", -1))).isEqualTo(1);
    assertThat(caller.error()).endsWith(" level=error msg=\"" + message + "\"\n");
  }

  @Test
  void writesErrorsToTheLogAndPlainlyToStandardError() throws IOException {
    for (int time = 1; time <= 2; time++) {
      assertThat(call("-log=errors", "--log-format", "json", "checkpoint", "<\"é\n>")).isEqualTo(1);
    }
    assertThat(caller.error()).isEqualTo("invalid container ID format\n".repeat(2));
    assertThat(Files.readAllLines(folder.resolve("errors")))
        .hasSize(2)
        .allMatch(
            line ->
                line.matches(
                    "\\{\"level\":\"error\",\"msg\":\"invalid container ID format\",\"time\":\""
                        + TIME
                        + "\"}"));
  }

  @Test
  void quotesAsGoDoes() {
    java.time.Instant now = java.time.Instant.parse("2026-01-02T03:04:05.678Z");
    RuntimeLog.Level level = RuntimeLog.Level.WARNING;
    assertThat(RuntimeLog.line(LogFormat.TEXT, level, "a\n\"é\"\u0001", now))
        .isEqualTo("time=\"2026-01-02T03:04:05Z\" level=warning msg=\"a\\n\\\"é\\\"\\x01\"\n");
    assertThat(RuntimeLog.line(LogFormat.TEXT, level, "a-b/c", now)).endsWith(" msg=a-b/c\n");
    assertThat(RuntimeLog.line(LogFormat.JSON, level, "a<\"é\"\n&\u0001", now))
        .isEqualTo(
            "{\"level\":\"warning\",\"msg\":\"a\\u003c\\\"é\\\"\\n\\u0026\\u0001\","
                + "\"time\":\"2026-01-02T03:04:05Z\"}\n");
  }

  @Test
  void leavesCrunsOtherLogsToStandardError() throws IOException {
    assertThat(call("--log=journald:x", "checkpoint", "a b")).isEqualTo(1);
    assertThat(caller.error()).endsWith("msg=\"invalid container ID format\"\n");
    assertThat(call("--log=file:errors", "checkpoint", "a b")).isEqualTo(1);
    assertThat(folder.resolve("errors")).content().contains("invalid container ID format");
  }
}

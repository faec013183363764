package org.stasis.shim.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.stasis.shim.engine.Sandbox.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.shim.engine.Sandbox.Call;

@DisplayName("The resident engine")
class ResidentEngineTest {
  private static final Map<String, String> NOTHING = Map.of();

  private Sandbox sandbox;

  @BeforeEach
  void makeSandbox(@TempDir Path folder) throws IOException {
    assumeTrue(
        Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid")),
        "namespaces are made by root");
    sandbox = new Sandbox(folder, FakeEngine.class.getName());
  }

  @AfterEach
  void removeSandbox() throws Exception {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  private String residentPid() throws IOException, InterruptedException {
    return sandbox.call("pid").success();
  }

  private List<String> with(String... prefix) {
    List<String> command = new ArrayList<>(List.of(prefix));
    command.add(sandbox.launcher().toString());
    command.add("pid");
    return command;
  }

  private Path file(String name) {
    return sandbox.folder().resolve(name);
  }

  private Call hold(String name) throws IOException {
    Call call = sandbox.call("hold", name);
    await("the session that holds", () -> Files.exists(file(name + ".begun")));
    return call;
  }

  @Test
  void isStartedOnDemandAndStays() throws Exception {
    String first = residentPid();
    assertThat(residentPid()).isEqualTo(first);
    assertThat(sandbox.exists(RunFolder.SOCKET_PATH)).isTrue();
  }

  @Test
  void handsThroughTheExitStatus() throws Exception {
    assertThat(sandbox.call("exit", "0").status()).isZero();
    assertThat(sandbox.call("exit", "77").status()).isEqualTo(77);
    assertThat(sandbox.call("exit", "255").status()).isEqualTo(255);
  }

  @Test
  void seesTheCallersWordsVariablesAndFiles() throws Exception {
    Files.writeString(file("file"), "content");
    Call call =
        sandbox.run(
            Map.of("MARK", "m\u00e4rk"),
            List.of(sandbox.launcher().toString(), "show", "two words", "", "\u00fc"));
    assertThat(call.success().lines())
        .containsExactly(
            "[two words, , \u00fc] m\u00e4rk", sandbox.folder().toRealPath().toString(), "content");
  }

  @Test
  void isOneWhenTwoAreStartedAtOnce() throws Exception {
    Call left = sandbox.call("pid");
    Call right = sandbox.call("pid");
    Set<String> both = Set.of(left.success(), right.success() + " ");
    String resident = residentPid();
    assertThat(both).anyMatch(pid -> pid.strip().equals(resident));
    assertThat(residentPid()).isEqualTo(resident);
  }

  @Test
  void servesSeveralAtOnce() throws Exception {
    Call holding = hold("one");
    String resident = Files.readString(file("one.begun"));
    assertThat(residentPid()).isEqualTo(resident);
    assertThat(sandbox.call("status").success())
        .contains("resident=true", "pid=" + resident, "hold, one", "status");
    Files.createFile(file("one.go"));
    holding.success();
  }

  @Test
  void endsOnlyTheSessionOfALauncherThatIsKilled() throws Exception {
    Call dying = hold("dying");
    Call living = hold("living");
    dying.process().children().forEach(ProcessHandle::destroyForcibly);
    await("cancellation", () -> Files.exists(file("dying.cancelled")));
    Files.createFile(file("living.go"));
    living.success();
    assertThat(file("living.cancelled")).doesNotExist();
    assertThat(residentPid()).isEqualTo(Files.readString(file("dying.begun")));
  }

  @Test
  void undoesWhatWasAbandonedBeforeItBeginsAnew() throws Exception {
    Call dying = hold("dying");
    dying.process().children().forEach(ProcessHandle::destroyForcibly);
    dying.process().waitFor();
    residentPid();
    assertThat(file("dying.cancelled")).exists();
  }

  @Test
  void whenKilledMakesLaunchersSaySo() throws Exception {
    Call holding = hold("one");
    sandbox.kill(Files.readString(file("one.begun")));
    assertThat(holding.status()).isEqualTo(1);
    assertThat(holding.text())
        .isEqualTo("stasis: the engine ended without an answer; see " + RunFolder.LOG_PATH);
  }

  @Test
  void followsOneThatWasKilled() throws Exception {
    String killed = residentPid();
    sandbox.kill(killed);
    String next = residentPid();
    assertThat(next).isNotEqualTo(killed);
    assertThat(residentPid()).isEqualTo(next);
  }

  @Test
  void survivesErrorsOfASession() throws Exception {
    String resident = residentPid();
    for (String error : List.of("fail", "exhaust")) {
      Call failing = sandbox.call(error);
      assertThat(failing.status()).isEqualTo(1);
      assertThat(failing.text()).startsWith("stasis: internal error: ");
    }
    assertThat(residentPid()).isEqualTo(resident);
    assertThat(sandbox.log()).contains("IllegalStateException: on purpose", "OutOfMemoryError");
  }

  @Test
  void sendsCallersFromOtherNamespacesToTheirOwn() throws Exception {
    String resident = residentPid();
    for (String kind : List.of("--net", "--mount", "--uts", "--cgroup")) {
      Call elsewhere = sandbox.run(NOTHING, with("unshare", kind));
      assertThat(elsewhere.success()).as(kind).isNotEqualTo(resident).matches("\\d+");
    }
    assertThat(residentPid()).isEqualTo(resident);
  }

  @Test
  void isNotMadeOfOneStartedInNamespacesOfItsOwn() throws Exception {
    String elsewhere = sandbox.run(NOTHING, with("unshare", "--net")).success();
    await("its end", () -> !sandbox.isAlive(elsewhere));
    assertThat(sandbox.exists(RunFolder.SOCKET_PATH)).isFalse();
    assertThat(sandbox.log()).contains("serves one caller");
  }

  @Test
  void isNotForOtherUsers() throws Exception {
    String resident = residentPid();
    String[] nobody = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
    assertThat(sandbox.run(NOTHING, with(nobody)).success()).isNotEqualTo(resident);
    List<String> uid = new ArrayList<>(List.of(nobody));
    uid.addAll(List.of(sandbox.launcher().toString(), "uid"));
    assertThat(sandbox.run(NOTHING, uid).success()).isEqualTo("65534");
  }

  @Test
  void isAvoidedOnRequest() throws Exception {
    String resident = residentPid();
    Call own = sandbox.run(Map.of("STASIS_ENGINE", "private"), with());
    assertThat(own.success()).isNotEqualTo(resident);
    Call nowhere = sandbox.run(Map.of("STASIS_ENGINE", file("none").toString()), with());
    assertThat(nowhere.status()).isEqualTo(1);
    assertThat(nowhere.text()).startsWith("stasis: no engine serves at ");
  }

  @Test
  void endsWhenItHasBeenIdle() throws Exception {
    Call call = sandbox.run(Map.of("STASIS_ENGINE_IDLE", "1"), with());
    String resident = call.success();
    await("its end", () -> !sandbox.isAlive(resident));
    assertThat(sandbox.exists(RunFolder.SOCKET_PATH)).isFalse();
    assertThat(residentPid()).isNotEqualTo(resident);
  }

  @Test
  void isNotIdleWhileASessionRuns() throws Exception {
    Call call =
        sandbox.run(
            Map.of("STASIS_ENGINE_IDLE", "0"),
            List.of(sandbox.launcher().toString(), "hold", "one"));
    await("the session that holds", () -> Files.exists(file("one.begun")));
    String resident = Files.readString(file("one.begun"));
    await("its name", () -> sandbox.exists(RunFolder.SOCKET_PATH));
    assertThat(residentPid()).isEqualTo(resident);
    Files.createFile(file("one.go"));
    call.success();
    await("its end", () -> !sandbox.isAlive(resident));
  }

  @Test
  void thatIsToldToStopEndsAfterItsSessions() throws Exception {
    Call holding = hold("one");
    String old = Files.readString(file("one.begun"));
    sandbox.call("stop").success();
    await("the name given up", () -> !sandbox.exists(RunFolder.SOCKET_PATH));
    assertThat(residentPid()).isNotEqualTo(old);
    assertThat(sandbox.isAlive(old)).isTrue();
    Files.createFile(file("one.go"));
    holding.success();
    await("its end", () -> !sandbox.isAlive(old));
  }

  @Test
  void endsAfterItsSessionsOnTheSignalToEnd() throws Exception {
    Call holding = hold("one");
    String old = Files.readString(file("one.begun"));
    sandbox.run(NOTHING, List.of("kill", "-TERM", old)).success();
    await("the name given up", () -> !sandbox.exists(RunFolder.SOCKET_PATH));
    Files.createFile(file("one.go"));
    holding.success();
    await("its end", () -> !sandbox.isAlive(old));
  }

  @Test
  void makesRoomForANewVersion() throws Exception {
    String old = residentPid();
    Files.setLastModifiedTime(file("home/lib/launch"), FileTime.from(Instant.EPOCH));
    String next = residentPid();
    assertThat(next).isNotEqualTo(old);
    await("the old one's end", () -> !sandbox.isAlive(old));
    await("the next one's name", () -> sandbox.exists(RunFolder.SOCKET_PATH));
    assertThat(residentPid()).isEqualTo(next);
  }

  @Test
  void doesNotServeAnotherDistribution() throws Exception {
    String resident = residentPid();
    Path other = sandbox.distribution("other");
    Call call = sandbox.run(NOTHING, List.of(other.toString(), "pid"));
    assertThat(call.success()).isNotEqualTo(resident);
    assertThat(residentPid()).isEqualTo(resident);
  }

  @Test
  void hasTheLauncherBecomeAnotherProgram() throws Exception {
    assertThat(sandbox.call("execute", "sh", "-c", "echo out; echo err >&2; exit 0").success())
        .isEqualTo("out\nerr");
    assertThat(sandbox.call("execute", "sh", "-c", "exit 7").status()).isEqualTo(7);
    Call missing = sandbox.call("execute", "no-such-command");
    assertThat(missing.status()).isEqualTo(1);
    assertThat(missing.text()).contains("cannot execute no-such-command", "ENOENT");
  }

  @Test
  void hasTheLauncherRunProgramsOfItsOwn() throws Exception {
    Files.writeString(file("passed"), "what was passed");
    String passed = file("passed").toString();
    assertThat(
            sandbox.call("run", passed, "sh", "-c", "cat <&3; test ! -e /proc/self/fd/4").success())
        .isEqualTo("what was passed");
    assertThat(sandbox.call("run", "/dev/null", "sh", "-c", "exit 7").status()).isEqualTo(7);
    assertThat(sandbox.call("run", "/dev/null", "sh", "-c", "kill -9 $$").status()).isEqualTo(137);
    Call missing = sandbox.call("run", "/dev/null", "no-such-command");
    assertThat(missing.status()).isEqualTo(1);
    assertThat(missing.text()).contains("ENOENT");
  }

  @Test
  void isNoChildOfItsFirstLauncher() throws Exception {
    hold("one");
    String resident = Files.readString(file("one.begun"));
    Call parent =
        sandbox.run(NOTHING, List.of("sh", "-c", "grep PPid /proc/" + resident + "/status"));
    assertThat(parent.success()).isEqualTo("PPid:\t1");
  }

  @Test
  void canBeStartedForThoseWhoKnowItsSocket() throws Exception {
    Path socket = file("own.sock");
    List<String> command = new ArrayList<>(sandbox.engineCommand());
    command.addAll(List.of("listen", socket.toString()));
    Call engine = sandbox.run(NOTHING, command);
    await("its socket", () -> Files.exists(socket));
    Map<String, String> own = Map.of("STASIS_ENGINE", socket.toString());
    String pid = sandbox.run(own, with()).success();
    assertThat(sandbox.run(own, with()).success()).isEqualTo(pid);
    assertThat(residentPid()).isNotEqualTo(pid);
    sandbox.run(own, List.of(sandbox.launcher().toString(), "stop")).success();
    engine.success();
    assertThat(socket).doesNotExist();
  }

  @Test
  void isMissedClearlyWhenItCannotBeStarted() throws Exception {
    Files.writeString(file("home/lib/launch"), "@/lib/jvm/bin/java\n");
    Call noJava = sandbox.call("pid");
    assertThat(noJava.status()).isEqualTo(1);
    assertThat(noJava.text())
        .isEqualTo("stasis: the engine did not start; see " + RunFolder.LOG_PATH);
    assertThat(sandbox.log()).contains("cannot start the JVM " + file("home").toRealPath());
    Files.delete(file("home/lib/launch"));
    Call noLaunch = sandbox.call("pid");
    assertThat(noLaunch.status()).isEqualTo(1);
    assertThat(noLaunch.text())
        .contains("the distribution is not complete, cannot read ", "home/lib/launch");
  }
}

package org.stasis.shim.runc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.CgroupMode;
import org.stasis.engine.options.DumpOptions;
import org.stasis.engine.options.External;
import org.stasis.engine.options.FinalState;
import org.stasis.linux.SyscallException;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;
import org.stasis.shim.criu.FakeCaller;
import org.stasis.shim.criu.FakeEngine;

@DisplayName("stasis-runc checkpoint")
class CheckpointCommandTest {
  @TempDir private Path folder;
  private final FakeEngine engine = new FakeEngine();
  private FakeCaller caller;

  @BeforeEach
  void makeContainer() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "the engine is for root");
    folder = folder.toRealPath();
    caller = new FakeCaller(folder);
    caller.realRuntime = "/opt/runc";
    Path box = Fixtures.copy("runc-1.1.5", folder.resolve("state/box"));
    Path file = box.resolve("state.json");
    JsonObject state = JsonObject.parse("state.json", Files.readString(file));
    int pid = (int) ProcessHandle.current().pid();
    try (ProcFs proc = ProcFs.open();
        ProcTask self = proc.task(pid)) {
      state.members().put("init_process_pid", pid);
      state.members().put("init_process_start", self.stat().starttime());
    }
    Map<String, Object> groups = new LinkedHashMap<>();
    groups.put("freezer", Files.createDirectory(folder.resolve("group")).toString());
    state.members().put("cgroup_paths", groups);
    Files.writeString(file, state.text());
  }

  @AfterEach
  void closeCaller() throws SyscallException {
    if (caller != null) {
      caller.close();
    }
  }

  private int call(String words) throws SyscallException {
    String[] line = ("--root state checkpoint " + words).split(" ", -1);
    return RuncDoor.run(caller.calling(line), engine);
  }

  @Test
  void dumpsAndHasTheRuntimeRemoveTheContainer() throws Exception {
    assertThat(call("--image-path a/images --work-path work box")).as(caller.error()).isZero();

    DumpOptions dump = engine.dumps.getFirst();
    assertThat(dump.pid()).isEqualTo((int) ProcessHandle.current().pid());
    assertThat(dump.finalState()).isEqualTo(FinalState.KILLED);
    assertThat(dump.imagesDirectory()).isEqualTo(folder.resolve("a/images"));
    assertThat(dump.root()).contains(Path.of("/srv/boxes/runc/rootfs"));
    assertThat(dump.freezeCgroup()).contains(folder.resolve("group"));
    assertThat(dump.emptyNetNamespace()).isTrue();
    assertThat(dump.orphanPtsMaster()).isTrue();
    assertThat(dump.cgroups().mode()).isEqualTo(CgroupMode.SOFT);
    assertThat(dump.externals()).contains(new External.Mount("/data", "/data"));
    assertThat(folder.resolve("a/images/descriptors.json"))
        .content()
        .isEqualTo("[\"/dev/null\",\"/srv/log\",\"/srv/log\"]");
    assertThat(folder.resolve("work/dump.log")).content().contains("finished successfully");
    assertThat(folder.resolve("work/stats-dump")).isNotEmptyFile();
    assertThat(caller.ran)
        .containsExactly(List.of("/opt/runc", "--root", "state", "delete", "--force", "box"));
    assertThat(caller.output() + caller.error()).isEmpty();
  }

  @Test
  void leavesAMarkerWhereTheContainerRunsOn() throws Exception {
    String flags =
        "--leave-running --leave-running --tcp-established --file-locks --ext-unix-sk --shell-job"
            + " --link-remap --manage-cgroups-mode=ignore --empty-ns network";
    assertThat(call(flags + " box")).as(caller.error()).isZero();
    DumpOptions dump = engine.dumps.getFirst();
    assertThat(dump.finalState()).isEqualTo(FinalState.RUNNING);
    assertThat(dump.tcpEstablished()).isTrue();
    assertThat(dump.fileLocks()).isTrue();
    assertThat(dump.extUnixSockets()).isTrue();
    assertThat(dump.shellJob()).isTrue();
    assertThat(dump.linkRemap()).isTrue();
    assertThat(dump.cgroups().mode()).isEqualTo(CgroupMode.IGNORE);
    assertThat(folder.resolve("state/box/checkpoint")).isEmptyFile();
    assertThat(folder.resolve("checkpoint/dump.log")).isNotEmptyFile();
    assertThat(caller.ran).isEmpty();
  }

  @Test
  void takesTheConfigurationFileOfTheAnnotation() throws Exception {
    Files.writeString(folder.resolve("criu.conf"), "tcp-established\nghost-limit 2M\n");
    Path file = folder.resolve("state/box/state.json");
    JsonObject state = JsonObject.parse("state.json", Files.readString(file));
    state
        .object("config")
        .members()
        .put("labels", List.of("org.criu.config=" + folder.resolve("criu.conf")));
    Files.writeString(file, state.text());
    assertThat(call("box")).as(caller.error()).isZero();
    assertThat(engine.dumps.getFirst().tcpEstablished()).isTrue();
    assertThat(engine.dumps.getFirst().ghostLimitBytes()).isEqualTo(2 << 20);
  }

  @Test
  void tellsWhyItFailedAndWhereTheLogIs() throws Exception {
    engine.failure = new StasisException("task 7 (sh)", "reading", "it is gone", 3, "", null);
    assertThat(call("--image-path images --work-path work box")).isEqualTo(1);
    assertThat(caller.error())
        .contains("level=error msg=\"criu failed: type DUMP errno 3\\n", "task 7 (sh)")
        .endsWith("\\nlog file: work/dump.log\"\n");
    assertThat(caller.ran).isEmpty();
    assertThat(folder.resolve("state/box/checkpoint")).doesNotExist();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "none                         | container does not exist",
        "--manage-cgroups-mode foo box| \"Invalid manage cgroups mode\"",
        "--empty-ns foo box           | \"namespace \\\"foo\\\" is not supported\"",
        "--network-lock foo box       | \"invalid value for --network-lock: foo\"",
        "--pre-dump box               | \"--pre-dump is not supported by Stasis yet\"",
        "--parent-path ../a box       | \"--parent-path is not supported by Stasis yet\"",
        "--page-server a:1 box        | \"--page-server is not supported by Stasis yet\"",
        "--lazy-pages box             | \"--lazy-pages is not supported by Stasis yet\"",
        "--status-fd 3 box            | \"--status-fd is not supported by Stasis yet\"",
        "--auto-dedup box             | \"--auto-dedup is not supported by Stasis yet\"",
      })
  void refusesBeforeAnythingIsTouched(String words, String message) throws Exception {
    assertThat(call(words)).isEqualTo(1);
    assertThat(caller.error()).contains(message);
    assertThat(engine.dumps).isEmpty();
    assertThat(folder.resolve("checkpoint")).doesNotExist();
  }

  @Test
  void refusesContainersThatDoNotRun() throws Exception {
    Files.createFile(folder.resolve("state/box/exec.fifo"));
    assertThat(call("box")).isEqualTo(1);
    assertThat(caller.error()).contains("Container cannot be checkpointed in created state");
    Fixtures.copy("runc-1.1.5", folder.resolve("state/old"));
    assertThat(call("old")).isEqualTo(1);
    assertThat(caller.error()).contains("Container cannot be checkpointed in stopped state");
    assertThat(engine.dumps).isEmpty();
  }

  @Test
  void refusesContainersOfAnotherRuntime() throws Exception {
    caller.realRuntime = "/usr/bin/crun";
    assertThat(call("box")).isEqualTo(1);
    assertThat(caller.error())
        .contains("container box was made by runc, but the real runtime", "/usr/bin/crun");
    caller.realRuntime = "stasis: no OCI runtime found";
    assertThat(call("box")).isEqualTo(1);
    assertThat(caller.error()).endsWith("msg=\"stasis: no OCI runtime found\"\n");
    assertThat(engine.dumps).isEmpty();
  }

  @Test
  void saysSoWhenTheContainerCannotBeRemoved() throws IOException {
    caller.statusOfRun = 1;
    assertThat(call("box")).isZero();
    assertThat(caller.error())
        .contains("level=warning msg=\"/opt/runc delete --force box ended with status 1");
  }
}

package org.stasis.shim.runc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

@DisplayName("A container, from the files of its runtime")
class ContainerTest {
  @TempDir private Path root;

  private Container read(String version) throws Exception {
    Fixtures.copy(version, root.resolve("box"));
    return Container.read(root, "box");
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"runc-1.1.5", "runc-1.1.15", "runc-1.3.6"})
  void ofRuncIsReadFromItsState(String version) throws Exception {
    Container container = read(version);
    assertThat(container.maker()).isEqualTo(RuntimeKind.RUNC);
    assertThat(container.pid()).isPositive();
    assertThat(container.startTicks()).isGreaterThan(container.pid());
    assertThat(container.created()).startsWith("2026-11-23T");
    assertThat(container.bundle()).isEqualTo("/srv/boxes/runc");
    assertThat(container.rootfs()).isEqualTo("/srv/boxes/runc/rootfs");
    assertThat(container.bindMounts()).containsExactly("/data");
    assertThat(container.cgroupMount()).contains("/sys/fs/cgroup");
    assertThat(container.maskedPaths()).contains("/proc/keys", "/sys/firmware");
    assertThat(container.devices()).contains("/dev/null", "/dev/urandom");
    assertThat(container.netNamespaceGiven()).isFalse();
    assertThat(container.criuConfiguration()).isEmpty();
    assertThat(container.freezer()).contains(Path.of("/sys/fs/cgroup/freezer/door-test"));
    assertThat(container.descriptors()).hasSize(3).startsWith("/dev/null");
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"crun-1.8.1", "crun-1.21", "crun-1.28"})
  void ofCrunIsReadFromItsStatusAndSpecification(String version) throws Exception {
    Container container = read(version);
    assertThat(container.maker()).isEqualTo(RuntimeKind.CRUN);
    assertThat(container.pid()).isPositive();
    assertThat(container.startTicks()).isGreaterThan(container.pid());
    assertThat(container.created()).startsWith("2026-11-23T");
    assertThat(container.bundle()).isEqualTo("/srv/boxes/crun");
    assertThat(container.rootfs()).isEqualTo("/srv/boxes/crun/rootfs");
    assertThat(container.bindMounts()).containsExactly("/data", "/data2");
    assertThat(container.cgroupMount()).contains("/sys/fs/cgroup");
    assertThat(container.maskedPaths()).contains("/proc/keys", "/sys/firmware");
    assertThat(container.devices()).isEmpty();
    assertThat(container.descriptors()).containsExactly("/dev/null", "/srv/log", "/srv/log");
  }

  private void change(String file, String member, Object value) throws Exception {
    Path path = root.resolve("box").resolve(file);
    JsonObject all = JsonObject.parse(file, Files.readString(path));
    JsonObject at = all;
    List<String> names = List.of(member.split("/", -1));
    for (String name : names.subList(0, names.size() - 1)) {
      at = at.object(name);
    }
    at.members().put(names.getLast(), value);
    Files.writeString(path, all.text());
  }

  @Test
  void ofRuncHasTheGivenNamespacesAndItsConfiguration() throws Exception {
    read("runc-1.1.5");
    change(
        "state.json",
        "config/namespaces",
        List.of(
            java.util.Map.of("type", "NEWNET", "path", "/run/netns/a"),
            java.util.Map.of("type", "NEWPID", "path", ""),
            java.util.Map.of("type", "NEWCGROUP", "path", "")));
    change("state.json", "config/labels", List.of("org.criu.config=", "bundle=/b"));
    change("state.json", "cgroup_paths", java.util.Map.of("", "/sys/fs/cgroup/box"));
    Container container = Container.read(root, "box");
    assertThat(container.netNamespaceGiven()).isTrue();
    assertThat(container.pidNamespaceGiven()).isFalse();
    assertThat(container.cgroupMount()).isEmpty();
    assertThat(container.criuConfiguration()).contains("");
    assertThat(container.freezer()).contains(Path.of("/sys/fs/cgroup/box"));
  }

  @Test
  void ofCrunHasAnAbsoluteRootAndTheGivenNamespaces() throws Exception {
    read("crun-1.21");
    change("status", "rootfs", "/elsewhere/root");
    change("status", "cgroup-path", "");
    change(
        "config.json",
        "linux/namespaces",
        List.of(java.util.Map.of("type", "pid", "path", "/proc/7/ns/pid")));
    change("config.json", "annotations", java.util.Map.of("org.criu.config", "/etc/mine"));
    Container container = Container.read(root, "box");
    assertThat(container.rootfs()).isEqualTo("/elsewhere/root");
    assertThat(container.freezer()).isEmpty();
    assertThat(container.netNamespaceGiven()).isFalse();
    assertThat(container.pidNamespaceGiven()).isTrue();
    assertThat(container.criuConfiguration()).contains("/etc/mine");
  }

  @Test
  void thatIsNotThereIsSaidNotToExist() {
    assertThatThrownBy(() -> Container.read(root, "none"))
        .isInstanceOf(RuntimeFailure.class)
        .hasMessage("container does not exist");
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "state.json | {\"pid\": 5}            | has no number init_process_pid",
        "state.json | {\"init_process_pid\":1 | is not JSON",
        "state.json | []                      | is not a JSON object",
        "status     | {\"pid\": 1}            | has no config.json",
      })
  void thatIsNotUnderstoodIsRefused(String file, String text, String complaint) throws IOException {
    Files.createDirectory(root.resolve("box"));
    Files.writeString(root.resolve("box").resolve(file), text);
    assertThatThrownBy(() -> Container.read(root, "box"))
        .isInstanceOf(RuntimeFailure.class)
        .hasMessageContaining(complaint);
  }

  /** A container whose init is this process. */
  static Container ofThisProcess(Path folder, Path rootfs, Path freezer) throws Exception {
    int pid = (int) ProcessHandle.current().pid();
    try (ProcFs proc = ProcFs.open();
        ProcTask self = proc.task(pid)) {
      return new Container(
          "box",
          folder,
          RuntimeKind.RUNC,
          pid,
          self.stat().starttime(),
          "",
          "",
          rootfs.toString(),
          List.of("/etc/../link/./data", "/none"),
          java.util.Optional.of("/sys/fs/cgroup"),
          List.of("/proc/version", "/proc/self", "/proc/no-such-file"),
          List.of("/dev/null", "/dev/zero"),
          true,
          true,
          java.util.Optional.empty(),
          java.util.Optional.of(freezer),
          List.of("/dev/null", "pipe:[1]", "pipe:[1]"));
    }
  }

  @Test
  void hasTheStatusThatRuncWouldTell() throws Exception {
    Path folder = Files.createDirectory(root.resolve("box"));
    Path group = Files.createDirectory(root.resolve("group"));
    Container container = ofThisProcess(folder, root, group);
    assertThat(ContainerStatus.of(container)).isEqualTo(ContainerStatus.RUNNING);
    Files.writeString(group.resolve("freezer.state"), "FROZEN\n");
    assertThat(ContainerStatus.of(container)).isEqualTo(ContainerStatus.PAUSED);
    Files.writeString(group.resolve("freezer.state"), "FREEZING\n");
    assertThat(ContainerStatus.of(container)).isEqualTo(ContainerStatus.PAUSED);
    Files.writeString(group.resolve("freezer.state"), "THAWED\n");
    assertThat(ContainerStatus.of(container)).isEqualTo(ContainerStatus.RUNNING);
    Files.delete(group.resolve("freezer.state"));
    Files.writeString(group.resolve("cgroup.events"), "populated 1\nfrozen 1\n");
    assertThat(ContainerStatus.of(container)).isEqualTo(ContainerStatus.PAUSED);
    Files.createFile(folder.resolve("exec.fifo"));
    assertThat(ContainerStatus.of(container)).isEqualTo(ContainerStatus.CREATED);
  }

  @Test
  void isStoppedWhenItsPidIsAnothersNow() throws Exception {
    assertThat(ContainerStatus.of(read("runc-1.1.5"))).isEqualTo(ContainerStatus.STOPPED);
  }
}

package org.stasis.shim.runc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.stasis.engine.options.NamespaceKind;

@DisplayName("The configuration of a container that is filled")
class BoxSpecTest {
  private static final String CONFIG =
      """
      {"ociVersion": "1.0.2",
       "process": {"terminal": true, "user": {"uid": 1000, "gid": 1000, "additionalGids": [5]},
         "args": ["/bin/server"], "env": ["A=B"], "cwd": "/srv", "noNewPrivileges": true,
         "capabilities": {"bounding": ["CAP_KILL"]}, "commandLine": "server"},
       "root": {"path": "rootfs", "readonly": true},
       "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
         {"destination": "/data", "type": "bind", "source": "data"},
         {"destination": "/etc/x", "source": "x", "options": ["rbind", "ro"]}],
       "annotations": {"org.criu.config": "/etc/c"},
       "linux": {"seccomp": {"defaultAction": "SCMP_ACT_ERRNO"},
         "namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "network", "path": "/run/n"}]}}
      """;

  private static BoxSpec spec() throws RuntimeFailure {
    return new BoxSpec(JsonObject.parse("config.json", CONFIG), Path.of("/b"));
  }

  @Test
  void hasTheLauncherAsItsFirstProcess() throws Exception {
    JsonObject made = spec().made(List.of("CAP_SYS_ADMIN", "CAP_KILL"));
    JsonObject process = made.object("process");
    assertThat(process.texts("args")).containsExactly("/proc/self/fd/3");
    assertThat(process.texts("env")).containsExactly("STASIS_BOX=4");
    assertThat(process.text("cwd")).contains("/");
    assertThat(process.object("user").members()).containsOnlyKeys("uid", "gid");
    assertThat(process.object("user").number("uid", -1)).isZero();
    assertThat(process.object("capabilities").texts("effective"))
        .containsExactly("CAP_SYS_ADMIN", "CAP_KILL");
    assertThat(process.members()).doesNotContainKey("commandLine");
    assertThat(process.on("noNewPrivileges")).isTrue();
    assertThat(made.object("linux").members()).isEqualTo(spec().spec().object("linux").members());
  }

  @Test
  void leadsToTheSameFiles() throws Exception {
    JsonObject made = spec().made(List.of());
    assertThat(made.object("root").text("path")).contains("/b/rootfs");
    assertThat(made.object("root").on("readonly")).isTrue();
    assertThat(made.objects("mounts"))
        .extracting(mount -> mount.text("source").orElse(""))
        .containsExactly("proc", "/b/data", "/b/x");
  }

  @Test
  void leavesTheCallersAlone() throws Exception {
    BoxSpec spec = spec();
    String before = JsonObject.text(spec.spec().members());
    spec.made(List.of("CAP_KILL"));
    assertThat(JsonObject.text(spec.spec().members())).isEqualTo(before);
  }

  @Test
  void tellsWhatIsTheContainersOwn() throws Exception {
    assertThat(spec().anew()).containsExactlyInAnyOrder(NamespaceKind.PID, NamespaceKind.MNT);
    assertThat(spec().terminal()).isTrue();
    assertThat(spec().criuConfiguration()).contains("/etc/c");
  }

  @Test
  void namesPrivileges() {
    assertThat(AgentPrivileges.named(1L | 1L << 21 | 1L << 40))
        .containsExactly("CAP_CHOWN", "CAP_SYS_ADMIN", "CAP_CHECKPOINT_RESTORE");
  }
}

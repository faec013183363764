package org.stasis.podman;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A restored container")
@Tag("container")
@Tag("any-runtime")
class RestoredContainerTest {
  private static final String CONFINEMENT =
      "grep -E '^(Uid|Gid|Cap|NoNewPrivs|Seccomp)' /proc/1/status";

  @RegisterExtension final Podman podman = new Podman();

  private static void assertCountsOn(Container container, long last) {
    Counting.assertUnbroken(container.awaitNumber(last + 5));
  }

  @Test
  void isAsConfinedAsBeforeAndDoesWhatContainersDo() {
    Container container =
        podman.counting(
            "--network", "none", "--read-only", "--user", "nobody", "--cap-drop", "all");
    String confinement = container.exec("sh", "-c", CONFINEMENT);
    container.checkpoint();
    long last = container.lastNumber();

    container.restore();

    assertCountsOn(container, last);
    assertThat(container.exec("sh", "-c", CONFINEMENT)).isEqualTo(confinement);
    assertThat(podman.tryRun("exec", container.name(), "touch", "/new").errors())
        .contains("Read-only file system");
    podman.run("pause", container.name());
    assertThat(container.inspect(".State.Status")).isEqualTo("paused");
    podman.run("unpause", container.name());
    assertCountsOn(container, container.lastNumber());
    podman.run("stop", "--time", "0", container.name());
    container.awaitEnd();
    podman.run("rm", container.name());
  }

  @Test
  void staysInTheHostsPidNamespace() {
    Container container = podman.counting("--network", "none", "--pid", "host");
    String pid = container.inspect(".State.Pid");
    container.checkpoint();
    long last = container.lastNumber();

    container.restore();

    assertCountsOn(container, last);
    assertThat(container.inspect(".State.Pid")).isEqualTo(pid);
  }

  @Test
  void comesIntoAnotherPod() {
    String first = podman.pod();
    Container container = podman.counting("--pod", first);
    Path archive = container.export();
    String second = podman.pod();

    Container copy = podman.restore(archive, "--pod", second);

    assertCountsOn(copy, copy.lastNumber());
    assertThat(copy.inspect(".Pod")).isEqualTo(second);
  }

  @Test
  void takesAnotherAddressWhenAsked() {
    Container container =
        podman.counting(
            "--network",
            podman.network(),
            "--ip",
            "10.89.77.201",
            "--mac-address",
            "02:00:00:00:77:01");
    Path archive = container.export();

    Container copy = podman.restore(archive, "--ignore-static-ip", "--ignore-static-mac");

    assertCountsOn(copy, copy.lastNumber());
    assertThat(copy.address()).isNotEqualTo("10.89.77.201");
    assertThat(copy.exec("cat", "/sys/class/net/eth0/address")).isNotEqualTo("02:00:00:00:77:01");
  }

  @Test
  void hasItsChangedFilesUnlessAsked() {
    String volume = podman.volume();
    Container container = podman.counting("--network", "none", "-v", volume + ":/kept");
    container.exec("sh", "-c", "echo changed >/etc/mine; rm /etc/group; echo kept >/kept/file");
    Path archive = container.export();
    podman.run("volume", "rm", volume);

    Container whole = podman.restore(archive);

    assertCountsOn(whole, whole.lastNumber());
    assertThat(whole.exec("sh", "-c", "cat /etc/mine /kept/file; ls /etc/group || echo gone"))
        .isEqualTo("changed\nkept\ngone");
    podman.run("rm", "--force", "--time", "0", whole.name());
    podman.run("volume", "rm", volume);

    Container bare = podman.restore(archive, "--ignore-rootfs", "--ignore-volumes");

    assertCountsOn(bare, bare.lastNumber());
    assertThat(bare.exec("sh", "-c", "ls /etc/mine /kept/file || ls /etc/group"))
        .isEqualTo("/etc/group");
  }
}

package org.stasis.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.stasis.linux.Device;
import org.stasis.linux.proc.MountEntry;

@DisplayName("The directory of a group")
class HierarchiesTest {
  private static final Hierarchies SEEN =
      new Hierarchies(
          List.of(
              mount("/", "/sys/fs/cgroup/cpu", "cgroup", "rw,cpu,cpuacct"),
              mount("/pod", "/sys/fs/cgroup/memory", "cgroup", "rw,memory"),
              mount("/", "/sys/fs/cgroup/systemd", "cgroup", "rw,xattr,name=systemd"),
              mount("/x", "/elsewhere", "cgroup2", "rw,nsdelegate"),
              mount("/", "/sys/fs/cgroup/unified", "cgroup2", "rw,nsdelegate")),
          Optional.empty());

  private static MountEntry mount(String root, String point, String type, String options) {
    return new MountEntry(
        1, 0, new Device(0, 1), root, point, "rw", 0, 0, 0, false, type, type, options);
  }

  @Test
  void isBelowTheMountOfItsControllers() {
    assertThat(SEEN.directory("cpu,cpuacct", "/a/b")).contains(Path.of("/sys/fs/cgroup/cpu/a/b"));
    assertThat(SEEN.directory("cpu,cpuacct", "/")).contains(Path.of("/sys/fs/cgroup/cpu"));
    assertThat(SEEN.directory("name=systemd", "/a")).contains(Path.of("/sys/fs/cgroup/systemd/a"));
  }

  @Test
  void isBelowTheWidestMountOfVersionTwo() {
    assertThat(SEEN.directory("", "/a")).contains(Path.of("/sys/fs/cgroup/unified/a"));
  }

  @Test
  void isOnlyThereForThePartThatIsMounted() {
    assertThat(SEEN.directory("memory", "/pod/a")).contains(Path.of("/sys/fs/cgroup/memory/a"));
    assertThat(SEEN.directory("memory", "/other")).isEmpty();
    assertThat(SEEN.directory("pids", "/pod")).isEmpty();
  }

  @Test
  void isInTheYardThatTheCallerGives() {
    Hierarchies yard = new Hierarchies(List.of(), Optional.of(Path.of("/yard")));
    assertThat(yard.directory("", "/a")).contains(Path.of("/yard/unified/a"));
    assertThat(yard.directory("cpu,cpuacct", "/a")).contains(Path.of("/yard/cpu,cpuacct/a"));
  }
}

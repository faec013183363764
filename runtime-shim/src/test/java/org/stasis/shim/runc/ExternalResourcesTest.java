package org.stasis.shim.runc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.images.proto.CriuOpts;
import org.stasis.images.proto.ExtMountMap;

@DisplayName("What of a container comes from outside")
class ExternalResourcesTest {
  @Test
  void isNamedAsItsRuntimeWillLookForIt(@TempDir Path root) throws Exception {
    Files.createSymbolicLink(root.resolve("link"), Path.of("/srv"));
    Container container = ContainerTest.ofThisProcess(root, root, root);
    CriuOpts.Builder options = CriuOpts.newBuilder();
    new ExternalResources(container, root).addTo(options);

    Map<String, String> mounts = new LinkedHashMap<>();
    for (ExtMountMap mount : options.getExtMntList()) {
      mounts.put(mount.getKey(), mount.getVal());
    }
    assertThat(mounts)
        .containsEntry("/srv/data", "/srv/data")
        .containsEntry("/none", "/none")
        .containsEntry("/proc/version", "/dev/null")
        .containsEntry("/dev/null", "/dev/null")
        .containsEntry("/dev/zero", "/dev/zero")
        .doesNotContainKeys("/proc/self", "/proc/no-such-file", "/sys/fs/cgroup");
    for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
      String point = line.split(" ", -1)[4];
      if (point.startsWith("/sys/fs/cgroup/") && line.contains(" - cgroup ")) {
        assertThat(mounts).containsEntry(point, point);
      }
    }
    assertThat(options.getExternalList())
        .isEqualTo(List.of(inode("net") + ":extRootNetNS", inode("pid") + ":extRootPidNS"));
  }

  /** The namespace as its link shows it, but for the colon: {@code net[4026531840]}. */
  private static String inode(String kind) throws Exception {
    return Files.readSymbolicLink(Path.of("/proc/self/ns/" + kind)).toString().replace(":", "");
  }
}

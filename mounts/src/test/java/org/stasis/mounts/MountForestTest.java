package org.stasis.mounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.engine.StasisException;
import org.stasis.engine.options.External;
import org.stasis.images.ImageKind;
import org.stasis.images.ImageReader;
import org.stasis.images.ImageVersion;
import org.stasis.images.proto.MntEntry;
import org.stasis.mounts.MountNode.Origin;

@DisplayName("The mounts of an image, put together")
class MountForestTest {
  @TempDir Path directory;

  private List<MntEntry> runc() throws IOException {
    Path file = directory.resolve("mountpoints-13.img");
    try (InputStream image = MountForestTest.class.getResourceAsStream("mountpoints-runc.img")) {
      Files.copy(image, file);
    }
    try (ImageReader reader = ImageReader.open(file, ImageKind.MNTS, ImageVersion.V1_1)) {
      return reader.all(MntEntry.parser());
    }
  }

  private static List<External> externals() {
    List<External> externals = new ArrayList<>();
    for (String name :
        List.of(
            "cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids",
            "systemd")) {
      externals.add(new External.Mount("/sys/fs/cgroup/" + name, "/host/" + name));
    }
    externals.add(new External.Mount("/dev/null", "/dev/null"));
    return externals;
  }

  private static MountNode find(List<MountNode> nodes, String mountpoint) {
    return nodes.stream()
        .filter(node -> node.mountpoint().equals(mountpoint))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void areThoseOfAContainerOfRunc() throws Exception {
    List<MountNode> order = new MountForest(runc(), externals(), null).ordered();
    assertThat(order).hasSize(25).first().extracting(MountNode::mountpoint).isEqualTo("/");
    assertThat(find(order, "/").origin()).isEqualTo(new Origin.Root());
    assertThat(find(order, "/dev").origin()).isEqualTo(new Origin.Anew("tmpfs", "tmpfs"));
    assertThat(find(order, "/proc/keys").origin()).isEqualTo(new Origin.Outside("/dev/null"));
    assertThat(find(order, "/sys/fs/cgroup/cpu").origin())
        .isEqualTo(new Origin.Outside("/host/cpu"));
    assertThat(find(order, "/proc/sys").origin())
        .isEqualTo(new Origin.Bind(find(order, "/proc"), "sys"));
    for (MountNode node : order.subList(1, order.size())) {
      assertThat(order.indexOf(node.parent())).isLessThan(order.indexOf(node));
    }
  }

  @Test
  void needWhatTheCallerHasToProvide() {
    assertThatThrownBy(() -> new MountForest(runc(), List.of(), null))
        .isInstanceOf(StasisException.class)
        .hasMessageContaining("Use --external mnt[");
  }

  private static MntEntry.Builder mount(int id, int parent, String mountpoint) {
    return MntEntry.newBuilder()
        .setFstype(FilesystemType.TMPFS.imageNumber())
        .setMntId(id)
        .setParentMntId(parent)
        .setRootDev(id)
        .setFlags(0)
        .setRoot("/")
        .setMountpoint(mountpoint)
        .setSource("tmpfs")
        .setOptions("");
  }

  private static List<String> order(MntEntry.Builder... mounts) throws StasisException {
    List<MntEntry> entries = new ArrayList<>();
    for (MntEntry.Builder each : mounts) {
      entries.add(each.build());
    }
    return new MountForest(entries, List.of(), null)
        .ordered().stream().map(node -> node.entry().getMntId() + node.mountpoint()).toList();
  }

  @Test
  void areHiddenOnlyWhenNothingBelowIsMissing() throws Exception {
    assertThat(
            order(
                mount(1, 0, "/"),
                mount(5, 2, "/a"), // over the mount at /a
                mount(4, 1, "/b"), // over the mount at /b/c
                mount(2, 1, "/a"),
                mount(3, 2, "/a/x"),
                mount(6, 1, "/b/c"),
                mount(7, 6, "/b/c/d")))
        .containsSubsequence("3/a/x", "5/a")
        .containsSubsequence("7/b/c/d", "4/b")
        .startsWith("1/");
  }

  @Test
  void areBoundFromTheirFileSystem() throws Exception {
    List<MntEntry> entries =
        List.of(
            mount(1, 0, "/").build(),
            mount(3, 1, "/z").setRootDev(2).setRoot("/in/side").build(),
            mount(2, 1, "/a").build());
    List<MountNode> order = new MountForest(entries, List.of(), null).ordered();
    assertThat(find(order, "/z").origin()).isEqualTo(new Origin.Bind(find(order, "/a"), "in/side"));
    assertThat(order.getLast().mountpoint()).isEqualTo("/z");
  }

  @Test
  void areRefusedWhenTheyMakeNoSense() {
    assertThatThrownBy(() -> order(mount(2, 1, "/a"))).hasMessageContaining("which is missing");
    assertThatThrownBy(() -> order(mount(1, 0, "/"), mount(1, 0, "/a")))
        .hasMessageContaining("there twice");
    assertThatThrownBy(() -> order()).hasMessageContaining("nothing is mounted at /");
    assertThatThrownBy(() -> order(mount(1, 0, "/"), mount(2, 3, "/a/b"), mount(3, 2, "/a/b/c")))
        .hasMessageContaining("no order");
    assertThatThrownBy(() -> order(mount(1, 0, "/"), mount(2, 1, "/a").setRoot("/x")))
        .hasMessageContaining("no other mount of the images provides");
  }
}

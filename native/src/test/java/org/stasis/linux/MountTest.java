package org.stasis.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.linux.proc.MountEntry;
import org.stasis.linux.proc.ProcFs;
import org.stasis.linux.proc.ProcTask;

@DisplayName("A mount")
class MountTest {
  @TempDir Path directory;

  /** The mounts of the calling thread, which is in another namespace than the others. */
  private static MountEntry at(Path place) throws IOException {
    try (ProcFs proc = ProcFs.open();
        ProcTask thread = proc.thread(Processes.self(), Processes.selfThread())) {
      List<MountEntry> found =
          thread.mounts().stream().filter(m -> m.mountPoint().equals(place.toString())).toList();
      assertThat(found).as("mounts at %s", place).isNotEmpty();
      return found.getLast();
    }
  }

  @Test
  void isMadeBoundChangedAndTakenAway() throws IOException {
    OwnNamespaces.run(
        OwnNamespaces.CLONE_NEWNS,
        () -> {
          Path one = Files.createDirectory(directory.resolve("one"));
          Path two = Files.createDirectory(directory.resolve("two"));
          MountApi.mount("here", one.toString(), "tmpfs", MountApi.MS_NOSUID, "size=64k,mode=711");
          assertThat(at(one).source()).isEqualTo("here");
          assertThat(at(one).superOptions()).contains("size=64k", "mode=711");
          Files.writeString(one.resolve("file"), "x");
          MountApi.mount(one.toString(), two.toString(), null, MountApi.MS_BIND, null);
          assertThat(at(two).options()).contains("nosuid").startsWith("rw");
          MountApi.setAttributes(
              null,
              two.toString(),
              0,
              MountApi.MOUNT_ATTR_RDONLY | MountApi.MOUNT_ATTR_NOATIME,
              MountApi.MOUNT_ATTR__ATIME,
              MountApi.MS_SHARED,
              null);
          assertThat(at(two).options()).startsWith("ro").contains("noatime");
          assertThat(at(two).sharedGroup()).isPositive();
          assertThat(at(one).sharedGroup()).isZero();
          MountApi.changePropagation(two.toString(), MountApi.MS_PRIVATE);
          assertThat(at(two).sharedGroup()).isZero();
          MountApi.unmount(two.toString(), 0);
          MountApi.unmount(one.toString(), MountApi.MNT_DETACH);
          assertThat(Files.exists(one.resolve("file"))).isFalse();
          assertThatThrownBy(() -> MountApi.unmount(one.toString(), 0))
              .hasMessage("umount2 " + one + ": EINVAL");
        });
  }

  @Test
  void isMadeWithoutAPlaceAndMovedToOne() throws IOException {
    OwnNamespaces.run(
        OwnNamespaces.CLONE_NEWNS,
        () -> {
          Path place = Files.createDirectory(directory.resolve("place"));
          try (FileSystemContext context = FileSystemContext.open("tmpfs")) {
            context.setString("source", "nowhere");
            context.setString("size", "128k");
            context.setFlag("noswap");
            context.create();
            try (Fd mount = context.mount(MountApi.MOUNT_ATTR_NODEV)) {
              mount.create("early", 0600).close();
              MountApi.move(mount, "", null, place.toString(), MountApi.MOVE_MOUNT_F_EMPTY_PATH);
              assertThat(at(place).source()).isEqualTo("nowhere");
              assertThat(at(place).options()).contains("nodev");
              assertThat(Files.exists(place.resolve("early"))).isTrue();
              try (FileSystemContext change = FileSystemContext.pick(mount)) {
                change.setString("size", "256k");
                change.reconfigure();
              }
              assertThat(at(place).superOptions()).contains("size=256k");
            }
          }
        });
  }

  @Test
  void thatCannotBeSaysWhyInWords() throws IOException {
    try (FileSystemContext context = FileSystemContext.open("tmpfs")) {
      assertThatThrownBy(() -> context.setString("nonsense", "1"))
          .hasMessageStartingWith("fsconfig tmpfs nonsense (")
          .hasMessageContaining("Unknown parameter")
          .hasMessageEndingWith("): EINVAL");
    }
    assertThatThrownBy(() -> FileSystemContext.open("nonsensefs"))
        .hasMessage("fsopen nonsensefs: ENODEV");
  }

  @Test
  void isClonedAndGoesWithItsDescriptor() throws IOException {
    OwnNamespaces.run(
        OwnNamespaces.CLONE_NEWNS,
        () -> {
          Files.writeString(directory.resolve("file"), "x");
          Fd kept;
          try (Fd tree = MountApi.openTree(null, directory.toString(), MountApi.OPEN_TREE_CLONE)) {
            kept = tree.openAt("file", Open.O_PATH | Open.O_CLOEXEC, 0);
            assertThat(kept.stat().mountId())
                .isNotEqualTo(Stat.of(null, directory + "/file").mountId());
          }
          kept.close();
        });
  }

  @Test
  void becomesTheRoot() throws IOException {
    OwnNamespaces.run(
        OwnNamespaces.CLONE_NEWNS,
        () -> {
          Files.createDirectory(directory.resolve("root"));
          String root = directory.resolve("root").toString();
          MountApi.mount("root", root, "tmpfs", 0, null);
          Files.createDirectory(Path.of(root, "put"));
          MountApi.pivotRoot(root, root + "/put");
          int old = Stat.of(null, "/put/etc").type();
          MountApi.pivotRoot("/put", "/put" + root); // and back: classes come from there
          assertThat(old).isEqualTo(Stat.S_IFDIR);
          assertThatThrownBy(() -> MountApi.pivotRoot("/nowhere", "/nowhere"))
              .hasMessage("pivot_root /nowhere: ENOENT");
        });
  }

  @Test
  void tellsTheSameByStatmountAsInMountinfo() throws IOException {
    KernelVersion.need(6, 8, "statmount");
    OwnNamespaces.run(
        OwnNamespaces.CLONE_NEWNS,
        () -> {
          Path place = Files.createDirectory(directory.resolve("a b"));
          MountApi.mount("src", place.toString(), "tmpfs", MountApi.MS_NOEXEC, "size=32k");
          MountApi.changePropagation(place.toString(), MountApi.MS_SHARED);
          MountEntry entry = at(place);
          MountStat found = null;
          for (long id : MountStat.list(MountStat.LSMT_ROOT, 0)) {
            MountStat stat = MountStat.of(id, 0);
            if (stat.mountInfoId() == entry.id()) {
              found = stat;
            }
          }
          assertThat(found).isNotNull();
          assertThat(found.parentMountInfoId()).isEqualTo(entry.parentId());
          assertThat(found.mountPoint()).isEqualTo(place.toString());
          assertThat(found.root()).isEqualTo("/");
          assertThat(found.fsType()).isEqualTo("tmpfs");
          assertThat(found.device()).isEqualTo(entry.device());
          assertThat(found.peerGroup()).isEqualTo(entry.sharedGroup());
          assertThat(found.propagation()).isEqualTo(MountApi.MS_SHARED);
          assertThat(found.attributes())
              .isEqualTo(MountApi.MOUNT_ATTR_NOEXEC | MountApi.MOUNT_ATTR_RELATIME);
          assertThat(found.source()).isIn("src", ""); // empty before Linux 6.14
          assertThat(found.options()).contains("size=32k");
          assertThat(MountStat.list(found.id(), 0)).isEmpty();
        });
    assertThatThrownBy(() -> MountStat.of(Long.MAX_VALUE, 0))
        .matches(e -> ((SyscallException) e).is(Errno.ENOENT));
  }
}

package org.stasis.engine.memfd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stasis.engine.StasisException;
import org.stasis.engine.files.Owners;
import org.stasis.engine.files.TestCapture;
import org.stasis.engine.files.TestPlanner;
import org.stasis.engine.spi.Stage;
import org.stasis.images.ImageDirectory;
import org.stasis.images.ImageKind;
import org.stasis.images.Pagemap;
import org.stasis.images.proto.FdTypes;
import org.stasis.images.proto.FileEntry;
import org.stasis.images.proto.MemfdFileEntry;
import org.stasis.images.proto.MemfdInodeEntry;
import org.stasis.linux.Fcntl;
import org.stasis.linux.Fd;
import org.stasis.linux.Memfd;
import org.stasis.linux.Open;

@DisplayName("A memory file")
class MemfdsTest {
  @TempDir Path directory;

  private static FileEntry file(int id, int flags, long pos) {
    return FileEntry.newBuilder()
        .setType(FdTypes.MEMFD)
        .setId(id)
        .setMemfd(
            MemfdFileEntry.newBuilder()
                .setId(id)
                .setFlags(flags)
                .setPos(pos)
                .setFown(Owners.NOBODY)
                .setInodeId(1))
        .build();
  }

  private TestPlanner planner(int seals, long size) {
    return new TestPlanner(directory)
        .images(
            images ->
                images.writeAll(
                    ImageKind.MEMFD_INODE,
                    List.of(
                        MemfdInodeEntry.newBuilder()
                            .setName("data")
                            .setUid(0)
                            .setGid(0)
                            .setSize(size)
                            .setShmid(77)
                            .setSeals(seals)
                            .setInodeId(1)
                            .setMode(0100777)
                            .build())));
  }

  @Test
  void isMadeWithSizePermissionsAndSeals() throws Exception {
    TestPlanner plan =
        planner(Memfd.F_SEAL_SEAL | Memfd.F_SEAL_SHRINK, 5000)
            .file(file(1, Open.O_RDWR, 12), 7)
            .plan(new Memfds());
    assertThat(plan.operations())
        .satisfiesExactly(
            make -> assertThat(make).matches("memfd_create\\(&channel\\[\\d+], 2\\)"),
            size -> assertThat(size).isEqualTo("ftruncate(r0, 5000)"),
            mode -> assertThat(mode).isEqualTo("fchmod(r0, 511)"),
            seals -> assertThat(seals).isEqualTo("fcntl(r0, 1033, 3)"),
            position -> assertThat(position).isEqualTo("lseek(r0, 12, 0)"));
  }

  @Test
  void isOpenedAnewForFurtherDescriptions() throws Exception {
    TestPlanner plan =
        planner(Memfd.F_SEAL_SEAL, 0)
            .file(file(1, Open.O_RDONLY, 0), 7)
            .file(file(2, Open.O_RDWR, 0), 8)
            .plan(new Memfds());
    assertThat(plan.operations())
        .satisfiesExactly(
            make -> assertThat(make).matches("memfd_create\\(&channel\\[\\d+], 0\\)"),
            mode -> assertThat(mode).startsWith("fchmod("),
            another -> assertThat(another).matches("openat\\(-100, &channel\\[\\d+], 0\\)"));
    assertThat(plan.opened()).containsOnlyKeys(1, 2);
    assertThat(plan.opened().get(2)).hasToString("r0");
  }

  @Test
  void isSealedAgainstFutureWritersWhenItIsMapped() throws Exception {
    TestPlanner plan =
        planner(Memfd.F_SEAL_FUTURE_WRITE, 0).file(file(1, Open.O_RDWR, 0), 7).plan(new Memfds());
    assertThat(plan.operations()).noneMatch(line -> line.contains("1033"));
    assertThat(plan.operations(TestPlanner.TASK, Stage.RELEASE))
        .containsExactly("fcntl(101, 1033, 16)");
  }

  @Test
  void isTakenFromTheCaller() throws Exception {
    TestPlanner plan =
        planner(0, 5000)
            .inherit("/memfd:data", 90)
            .file(file(1, Open.O_RDONLY, 0), 7)
            .plan(new Memfds());
    assertThat(plan.operations())
        .satisfiesExactly(
            open -> assertThat(open).matches("openat\\(-100, &channel\\[\\d+], 0\\)"),
            seek -> assertThat(seek).isEqualTo("lseek(r0, 0, 0)"));
  }

  @Test
  void needsItsInode() {
    TestPlanner planner = new TestPlanner(directory).file(file(1, Open.O_RDWR, 0), 7);
    assertThatThrownBy(() -> planner.plan(new Memfds()))
        .isInstanceOf(StasisException.class)
        .hasMessageContaining("memfd.img has no inode 1");
  }

  @Test
  void isCapturedWithItsContentButNotItsHoles() throws Exception {
    try (Fd fd = Memfd.create("data", Memfd.MFD_ALLOW_SEALING | Memfd.MFD_CLOEXEC)) {
      byte[] text = "text".getBytes(UTF_8);
      fd.truncate((1 << 20) + 10);
      fd.seek(3 * 4096 + 100, 0);
      fd.writeFully(text);
      fd.seek((1 << 20) + 6, 0);
      fd.writeFully(text);
      fd.seek(7, 0);
      Fcntl.addSeals(fd, Memfd.F_SEAL_GROW);
      TestCapture capture = new TestCapture(directory, new Memfds()).file(fd).write();

      assertThat(capture.entry(1).getMemfd().getPos()).isEqualTo(7);
      assertThat(fd.seek(0, 1)).as("the task's position").isEqualTo(7);
      MemfdInodeEntry inode = (MemfdInodeEntry) capture.entries(ImageKind.MEMFD_INODE).getFirst();
      assertThat(inode.getName()).isEqualTo("data");
      assertThat(inode.getSize()).isEqualTo((1 << 20) + 10);
      assertThat(inode.getSeals()).isEqualTo(Memfd.F_SEAL_GROW);
      assertThat(inode.hasHugetlbFlag()).isFalse();
      assertThat(pagemap(inode.getShmid()).ranges())
          .extracting(Pagemap.Range::address, Pagemap.Range::lengthBytes)
          .containsExactly(tuple(3L * 4096, 4096L), tuple(1L << 20, 4096L));
      byte[] pages = Files.readAllBytes(directory.resolve("pages-1.img"));
      assertThat(pages).hasSize(2 * 4096);
      assertThat(new String(pages, 100, 4, UTF_8)).isEqualTo("text");
      assertThat(new String(pages, 4096 + 6, 4, UTF_8)).isEqualTo("text");
    }
  }

  private Pagemap pagemap(int shmid) throws Exception {
    return requireNonNull(
        Pagemap.read(new ImageDirectory(directory), ImageKind.SHMEM_PAGEMAP, shmid, 4096));
  }

  @Test
  void getsItsContentBackFromThePages() throws Exception {
    int shmid;
    try (Fd fd = Memfd.create("data", Memfd.MFD_CLOEXEC)) {
      fd.truncate(6000);
      fd.seek(4096, 0);
      fd.writeFully(new byte[] {1, 2, 3});
      TestCapture capture = new TestCapture(directory, new Memfds()).file(fd).write();
      shmid = ((MemfdInodeEntry) capture.entries(ImageKind.MEMFD_INODE).getFirst()).getShmid();
      assertThat(shmid).isNotZero();
      TestPlanner plan =
          new TestPlanner(directory, false).file(capture.entry(1), 7).plan(new Memfds());
      assertThat(plan.operations())
          .satisfiesExactly(
              make -> assertThat(make).startsWith("memfd_create("),
              size -> assertThat(size).isEqualTo("ftruncate(r0, 6000)"),
              seek -> assertThat(seek).isEqualTo("lseek(r0, 4096, 0)"),
              send -> assertThat(send).matches("sendfile\\(r0, 50, &channel\\[\\d+], 1904\\)"),
              mode -> assertThat(mode).startsWith("fchmod("),
              position -> assertThat(position).isEqualTo("lseek(r0, 4099, 0)"));
    }
  }
}
